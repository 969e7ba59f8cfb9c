"""Fixtures that any test may ask for: one dev cluster per session, a namespace per test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from devcluster.start import dev_cluster
from tests.namespaces import temporary_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devcluster.cluster import Cluster, Namespace

# The same examples in every run, so that a red run is about the change it is run for.
# `pytest --hypothesis-profile=search` draws new ones; what it finds becomes an @example.
settings.register_profile("suite", derandomize=True)
settings.register_profile("search", derandomize=False)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yield a cluster with two GPUs (of nobody's) and an audit log; it starts with the first use.

    Its name is this process's own, so sessions side by side do not meet.
    """
    with dev_cluster(f"test-{os.getpid()}", gpus=2, audit=True) as started:
        yield started


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[Namespace]:
    """Yield a new namespace, with `datasets` and `models` as claims and as folders here."""
    with temporary_namespace(cluster) as made:
        yield made
