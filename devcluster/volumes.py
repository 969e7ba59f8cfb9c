"""The objects of a namespace whose claims are folders of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
CLAIMS = ("datasets", "models")


def namespace_objects(name: str, folder: Path) -> list[Json]:
    """Return the namespace `name`, and for each claim a volume at `folder`/<claim> bound to it."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return [namespace, *(o for claim in CLAIMS for o in _bound(name, claim, folder / claim))]


def _bound(namespace: str, claim: str, folder: Path) -> list[Json]:
    volume = f"{namespace}-{claim}"
    size = {"storage": "100Gi"}
    shared = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    reference = {"namespace": namespace, "name": claim}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": volume},
            "spec": {
                **shared,
                "capacity": size,
                "hostPath": {"path": str(folder)},
                "claimRef": reference,
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": reference,
            "spec": {**shared, "resources": {"requests": size}, "volumeName": volume},
        },
    ]
