"""From a container's spec to the plan of its sandbox: image, environment, mounts, user.

It starts nothing; whatever is missing is NotReadyError, and the pod waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .api import ApiError, Json
from .fields import command, environment
from .images import Image, UnknownImageError, image_for
from .sandbox import Plan
from .volumes import contents, mounts

if TYPE_CHECKING:
    from pathlib import Path

    from .host import Host

BASE_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp"}  # noqa: S108 - the container's
Sources = dict[tuple[str, str], dict[str, str]]


class NotReadyError(Exception):
    """The pod cannot start yet; `reason` and the message are its containers' waiting state."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the reason, a CamelCase word that a kubelet uses."""
        super().__init__(message)
        self.reason = reason


async def plan(host: Host, pod: Json, ip: str, spec: Json, folders: dict[str, Path]) -> Plan:
    """Return the plan of the container `spec`; `folders` are the pod's volumes by name.

    Raises NotReadyError, ValueError (something that the node does not support), API errors.
    """
    image = _image(host, spec["image"])
    security = pod["spec"].get("securityContext", {}) | spec.get("securityContext", {})
    env = await _environment(host, pod, ip, spec, image)
    return Plan(
        command=command(spec, image.entrypoint, env),
        env=env,
        mounts=mounts(spec, folders),
        image=image,
        hostname=pod["spec"].get("hostname", pod["metadata"]["name"]),
        user=_user(security, image),
        workdir=spec.get("workingDir", image.workdir),
        read_only_root=security.get("readOnlyRootFilesystem", False),
        termination_path=spec.get("terminationMessagePath", "/dev/termination-log"),
    )


def _image(host: Host, name: str) -> Image:
    try:
        return image_for(name, host.images)
    except UnknownImageError as error:
        raise NotReadyError("ErrImagePull", str(error)) from error


def _user(security: Json, image: Image) -> int:
    user = int(security.get("runAsUser", image.user))
    if security.get("runAsNonRoot") and user == 0:
        message = "container has runAsNonRoot and image will run as root"
        raise NotReadyError("CreateContainerConfigError", message)
    return user


async def _environment(host: Host, pod: Json, ip: str, spec: Json, image: Image) -> dict[str, str]:
    server, port = host.service
    base = {**BASE_ENV, **image.env}
    base |= {"KUBERNETES_SERVICE_HOST": server, "KUBERNETES_SERVICE_PORT": port}
    sources = await _env_sources(host, pod["metadata"]["namespace"], spec)
    for entry in spec.get("envFrom", []):
        prefix = entry.get("prefix", "")
        base |= {prefix + key: text for key, text in sources[_source_key(entry)].items()}

    def lookup(reference: Json, plural: str) -> str | None:
        found = sources[plural, reference["name"]].get(reference["key"])
        if found is None and not reference.get("optional"):
            message = f"couldn't find key {reference['key']} in {plural} {reference['name']}"
            raise NotReadyError("CreateContainerConfigError", message)
        return found

    status = {**pod.get("status", {}), "podIP": ip, "hostIP": "127.0.0.1"}
    placed = {**pod, "spec": {**pod["spec"], "nodeName": host.name}, "status": status}
    return environment(placed, spec, base, lookup)


def _source_key(entry: Json) -> tuple[str, str]:
    if "configMapRef" in entry:
        return "configmaps", entry["configMapRef"]["name"]
    return "secrets", entry["secretRef"]["name"]


async def _env_sources(host: Host, namespace: str, spec: Json) -> Sources:
    """Return the ConfigMaps and Secrets that the environment names; absent optional ones empty."""
    found: Sources = {}
    values = [entry["valueFrom"] for entry in spec.get("env", []) if "valueFrom" in entry]
    for source in [*spec.get("envFrom", []), *values]:
        for kind, wanted in source.items():
            if not kind.startswith(("configMap", "secret")):
                continue
            plural = "configmaps" if kind.startswith("configMap") else "secrets"
            found[plural, wanted["name"]] = await _keys(host, namespace, plural, wanted)
    return found


async def _keys(host: Host, namespace: str, plural: str, wanted: Json) -> dict[str, str]:
    path = f"/api/v1/namespaces/{namespace}/{plural}/{wanted['name']}"
    try:
        answer = await host.api.call("GET", path)
    except ApiError as error:
        if error.code == 404 and wanted.get("optional"):
            return {}
        raise NotReadyError("CreateContainerConfigError", str(error)) from error
    return {key: value.decode() for key, value in contents(answer).items()}
