"""A Kubernetes cluster of local processes for demo, tests and benchmarks: no Docker, no root.

It must never touch a person's own `~/.kube` or `~/.kwok`, nor a process that it did not start.
"""
