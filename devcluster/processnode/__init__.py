"""A node of a Kubernetes cluster that runs its pods as local processes.

It is test equipment: it must never serve a cluster whose users do not trust each other.
"""
