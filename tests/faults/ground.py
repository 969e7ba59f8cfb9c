"""What all cases share: a control plane with a simulated node, the proxies' thread, namespaces."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes
from kubernetes import client

from devcluster.binaries import find_binaries
from devcluster.cluster import until
from devcluster.controlplane import ControlPlane, start_control_plane
from devcluster.paths import CHECKOUT, cluster_folder
from devcluster.takedown import take_down
from devcluster.volumes import namespace_objects
from sbert_operator import credentials
from tests.faults import operators
from tests.faults.kubelet import Kubelet
from tests.faults.proxy import Proxies


class Ground:
    """A control plane on which cases are played side by side."""

    def __init__(self, plane: ControlPlane, api: client.ApiClient) -> None:
        self.folder, self.api = plane.folder, api
        os.environ["KUBECONFIG"] = str(plane.kubeconfig)
        self.proxies = Proxies(credentials.load())
        self.kubelet = Kubelet(api)
        self._core: Any = client.CoreV1Api(api)

    def namespace(self) -> str:
        """A new namespace with its service account."""
        name = f"case-{uuid.uuid4().hex[:8]}"
        space, *volumes = namespace_objects(name, self.folder)
        self._core.create_namespace(space)
        for made in volumes:
            if made["kind"] == "PersistentVolume":
                self._core.create_persistent_volume(made)
            else:
                self._core.create_namespaced_persistent_volume_claim(name, made)
        until(
            lambda: self._core.list_namespaced_service_account(name).items,
            f"service account of namespace {name}",
        )
        return name

    def remove(self, name: str) -> None:
        """Remove a namespace, soon."""
        self._core.delete_namespace(name)


@contextlib.contextmanager
def ground(name: str) -> Iterator[Ground]:
    """Yield a ground; all of it ends with the block."""
    before = os.environ.get("KUBECONFIG")
    operators.preload()
    folder = cluster_folder(name)
    take_down(folder)
    try:
        plane = start_control_plane(folder, find_binaries())
        config: Any = kubernetes.config
        api = config.new_client_from_config(str(plane.kubeconfig))
        install_definitions(api)
        made = Ground(plane, api)
        made.kubelet.start()
        try:
            yield made
        finally:
            made.kubelet.stop()
            made.proxies.close()
            api.close()
    finally:
        take_down(folder)
        os.environ.pop("KUBECONFIG", None)
        if before is not None:
            os.environ["KUBECONFIG"] = before


def install_definitions(api: client.ApiClient) -> None:
    """Create the CRDs, and wait until they are served."""
    utils: Any = kubernetes.utils
    for path in sorted((CHECKOUT / "crds").glob("*.yaml")):
        utils.create_from_yaml(api, str(path))
    extensions: Any = client.ApiextensionsV1Api(api)

    def served() -> bool:
        found = extensions.list_custom_resource_definition().items
        conditions = [{c.type: c.status for c in crd.status.conditions or []} for crd in found]
        return all(c.get("Established") == "True" for c in conditions)

    until(served, "the definitions are established")


def case_folder(made: Ground) -> Path:
    """Where the operators of all cases have their kubeconfigs and logs."""
    return made.folder / "cases"
