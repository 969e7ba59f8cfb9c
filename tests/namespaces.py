"""A namespace that lasts as long as a block of code."""

import contextlib
from collections.abc import Iterator

from devcluster.cluster import Cluster, Namespace


@contextlib.contextmanager
def temporary_namespace(cluster: Cluster) -> Iterator[Namespace]:
    """Yield a new namespace, with `datasets` and `models` as claims and as folders here."""
    made = cluster.namespace()
    try:
        yield made
    finally:
        cluster.kubectl("delete", "namespace", made.name, "--wait=false")
