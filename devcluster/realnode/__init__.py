"""A real node: kubelet, containerd and runc under a real control plane, all in one namespace.

`make e2e-node` runs the images of our Dockerfiles on it, from a registry that is a part of it.
"""
