"""Pod volumes as folders of this machine: what each kind contains, and where a container sees it.

A volume of a kind that the node does not know must never appear as an empty folder.
"""

from __future__ import annotations

import base64
from pathlib import Path

from .api import Api, ApiError, Json
from .fields import field_value
from .sandbox import Mount


class VolumeError(Exception):
    """A volume cannot be set up (yet). The pod waits and tries again, as with a kubelet."""


class Volumes:
    """The volumes of one pod."""

    def __init__(self, api: Api, pod: Json, folder: Path) -> None:
        """Put what is made for the pod (emptyDir, files of ConfigMaps) below `folder`."""
        self._api, self._pod, self._folder = api, pod, folder
        self._namespace: str = pod["metadata"]["namespace"]

    async def prepare(self) -> dict[str, Path]:
        """Return the folder of every volume by name. Raises VolumeError.

        It is done anew for an adopted pod: same folders, same content.
        """
        volumes = self._pod["spec"].get("volumes", [])
        return {volume["name"]: await self._source(volume) for volume in volumes}

    async def _source(self, volume: Json) -> Path:
        if claim := volume.get("persistentVolumeClaim"):
            return await self._claim(claim["claimName"])
        if host := volume.get("hostPath"):
            create = host.get("type", "") in ("", "DirectoryOrCreate")
            return host_path(host["path"], create=create)
        folder: Path = self._folder / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        for source in _sources(volume):
            for name, content in (await self._files(source)).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
        return folder

    async def _claim(self, name: str) -> Path:
        claim = await self._get(f"namespaces/{self._namespace}/persistentvolumeclaims", name)
        if not (bound := claim["spec"].get("volumeName")):
            raise VolumeError(f"persistentvolumeclaim {name} is not bound")
        spec = (await self._get("persistentvolumes", bound))["spec"]
        if "hostPath" in spec:
            return host_path(spec["hostPath"]["path"], create=True)
        if "local" in spec:
            return host_path(spec["local"]["path"], create=False)
        raise VolumeError(f"persistentvolume {bound} is neither hostPath nor local")

    async def _files(self, source: Json) -> dict[str, bytes]:
        ((kind, wanted),) = source.items()
        if kind == "downwardAPI":
            return {
                item["path"]: field_value(self._pod, item["fieldRef"]["fieldPath"]).encode()
                for item in wanted["items"]
            }
        if kind == "serviceAccountToken":
            return {wanted["path"]: (await self._token(wanted)).encode()}
        if kind in ("configMap", "secret"):
            return await self._keys(kind, wanted)
        raise VolumeError(f"volume source {kind} is not supported by the process node")

    async def _keys(self, kind: str, wanted: Json) -> dict[str, bytes]:
        name = wanted.get("name") or wanted.get("secretName")
        collection = f"namespaces/{self._namespace}/{kind.lower()}s"
        try:
            content = contents(await self._get(collection, str(name)))
        except VolumeError:
            if wanted.get("optional"):
                return {}
            raise
        if not (items := wanted.get("items")):
            return content
        if missing := [item["key"] for item in items if item["key"] not in content]:
            raise VolumeError(f"{kind} {name} has no key {missing[0]}")
        return {item["path"]: content[item["key"]] for item in items}

    async def _token(self, wanted: Json) -> str:
        """Return a token that the API server refuses once this pod is deleted."""
        meta = self._pod["metadata"]
        account = self._pod["spec"].get("serviceAccountName", "default")
        bound = {"kind": "Pod", "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
        spec = {
            "expirationSeconds": wanted.get("expirationSeconds", 3600),
            "audiences": [wanted["audience"]] if "audience" in wanted else None,
            "boundObjectRef": bound,
        }
        path = f"/api/v1/namespaces/{self._namespace}/serviceaccounts/{account}/token"
        answer = await self._api.call("POST", path, {"spec": spec})
        return str(answer["status"]["token"])

    async def _get(self, collection: str, name: str) -> Json:
        try:
            return await self._api.call("GET", f"/api/v1/{collection}/{name}")
        except ApiError as error:
            raise VolumeError(f"{collection.rpartition('/')[2]} {name}: {error}") from error


def _sources(volume: Json) -> list[Json]:
    if "projected" in volume:
        return list(volume["projected"]["sources"])
    return [{kind: volume[kind]} for kind in volume if kind not in ("name", "emptyDir")]


def contents(found: Json) -> dict[str, bytes]:
    """Return the keys of a ConfigMap or Secret."""
    data, binary = found.get("data") or {}, found.get("binaryData") or {}
    if found.get("kind") == "Secret":
        data, binary = {}, data
    plain = {key: text.encode() for key, text in data.items()}
    return plain | {key: base64.b64decode(text) for key, text in binary.items()}


def host_path(path: str, *, create: bool) -> Path:
    """Return the path of this machine. Raises VolumeError if it is absent and not to be created."""
    if create:
        Path(path).mkdir(parents=True, exist_ok=True)
    if not Path(path).exists():
        raise VolumeError(f"host path {path} does not exist")
    return Path(path)


def mounts(container: Json, volumes: dict[str, Path]) -> list[Mount]:
    """Return where the container sees which volume. A subPath that is absent is created."""
    found = []
    for wanted in container.get("volumeMounts", []):
        source = volumes[wanted["name"]]
        if sub := wanted.get("subPath"):
            source = source / sub
            source.mkdir(parents=True, exist_ok=True)
        found.append(Mount(source, wanted["mountPath"], wanted.get("readOnly", False)))
    return found
