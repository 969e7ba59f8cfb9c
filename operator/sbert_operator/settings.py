"""The operator's settings: read once from the command line, then handed on, never changed."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from sbert_api.v1alpha1.common import Resources
from sbert_operator.errors import SettingsError

PULL_POLICIES = ("Always", "IfNotPresent", "Never")


@dataclass(frozen=True)
class TrainerSettings:
    """What every training Job has in common."""

    image: str
    """The trainer's image. No default: a task's result depends on it."""

    preflight_image: str
    """The image of preflight pods: the operator's own, which has the checks and no torch."""

    image_pull_policy: str = "IfNotPresent"
    """When the node fetches the image, in Kubernetes' words."""

    service_account: str = "default"
    """The account of the pods, in the task's namespace. Its token is never mounted."""

    datasets_claim: str = "datasets"
    """The PersistentVolumeClaim of a task that names none in storage.datasets."""

    models_claim: str = "models"
    """The PersistentVolumeClaim of a task that names none in storage.models."""

    resources: Resources = field(default_factory=Resources)
    """The resources of a task that names none. Default: nothing is asked for but the GPU."""

    gpu_resource: str = "nvidia.com/gpu"
    """The extended resource that one GPU is."""

    preflight_pull_policy: str = "IfNotPresent"
    """When the node fetches that image."""

    preflight_resources: Resources = field(default_factory=Resources)
    """The resources of preflight containers. Default: nothing is asked for."""


@dataclass(frozen=True)
class LeaseSettings:
    """Which Lease decides who leads, and how fast. Times are seconds of the local clock.

    15, 10 and 2 are what Kubernetes' own controllers elect their leaders with.
    """

    name: str
    """The Lease's name. Operators that share it take turns."""

    namespace: str
    """The Lease's namespace."""

    pod: str = ""
    """The name of this process's pod, which is no other pod's before or after it: a process that
    the pod ran before has ended. Default: the host's name, of which that is not known."""

    duration: int = 15
    """So long after a leader's last sign of life another one may lead. It is written into the
    Lease: this is how long a handover takes after a leader was killed."""

    renew_deadline: float = 10.0
    """So long after the start of its last good renewal a leader may write. The rest of `duration`
    is for a write that was sent just before to arrive."""

    retry: float = 2.0
    """Between two renewals. Four may fail in a row before the deadline."""

    poll: float = 1.0
    """Between two looks of one that waits, up to a fifth more at random: with a lease that was
    given up the handover takes about as long, and a look costs the API server one GET."""

    request: float = 5.0
    """The most that one request about the Lease may take: a hanging one leaves time for another
    before the deadline."""


@dataclass(frozen=True)
class Settings:
    """Everything that the command line says."""

    trainer: TrainerSettings
    """What every training Job has in common."""

    watch_namespaces: tuple[str, ...] = ()
    """The namespaces whose tasks are served; empty: the whole cluster."""

    bind_address: str = "0.0.0.0"  # noqa: S104 - probes and scrapes come from outside the pod
    """The address of the health and metrics server."""

    port: int = 8080
    """The port of the health and metrics server."""

    lease: LeaseSettings | None = None
    """Who leads is decided by this; None: this operator takes itself for the only one."""


def parse_arguments(arguments: Sequence[str]) -> Settings:
    """The settings that `arguments` say. Ends the process on a wrong option, as argparse does.

    Raises SettingsError where an option's value is wrong.
    """
    found = _parser().parse_args(arguments)
    trainer = TrainerSettings(
        image=found.trainer_image,
        image_pull_policy=found.image_pull_policy,
        service_account=found.trainer_service_account,
        datasets_claim=found.datasets_claim,
        models_claim=found.models_claim,
        resources=_resources("--default-resources", found.default_resources),
        gpu_resource=found.gpu_resource,
        preflight_image=found.preflight_image,
        preflight_pull_policy=found.preflight_pull_policy,
        preflight_resources=_resources("--preflight-resources", found.preflight_resources),
    )
    namespaces = tuple(part.strip() for part in found.watch_namespaces.split(",") if part.strip())
    lease = _lease(found.lease_namespace, found.lease_name, found.lease_pod)
    return Settings(trainer, namespaces, found.bind_address, found.port, lease)


def _lease(namespace: str, name: str, pod: str) -> LeaseSettings | None:
    if bool(namespace) != bool(name):
        raise SettingsError(
            "--lease-name and --lease-namespace: expected both, or neither for the only operator,"
            f" found {name!r} and {namespace!r}"
        )
    return LeaseSettings(name, namespace, pod) if name else None


def _resources(option: str, text: str) -> Resources:
    try:
        return Resources.model_validate(json.loads(text), extra="forbid")
    except (ValueError, ValidationError) as error:
        raise SettingsError(
            f'{option}: expected JSON such as {{"limits": {{"memory": "16Gi"}}}}, found {text!r}'
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sbert_operator",
        description="Fine-tune sentence-transformers models from TrainingTasks.",
    )
    add = parser.add_argument
    add("--trainer-image", required=True, metavar="IMAGE", help="image of the training pods")
    add("--image-pull-policy", default="IfNotPresent", choices=PULL_POLICIES)
    add("--watch-namespaces", default="", metavar="A,B", help="default: the whole cluster")
    add("--trainer-service-account", default="default", metavar="NAME")
    add("--datasets-claim", default="datasets", metavar="NAME", help="default of storage.datasets")
    add("--models-claim", default="models", metavar="NAME", help="default of storage.models")
    add("--default-resources", default="{}", metavar="JSON", help="default of a task's resources")
    add("--preflight-image", required=True, metavar="IMAGE", help="image of the preflight pods")
    add("--preflight-pull-policy", default="IfNotPresent", choices=PULL_POLICIES)
    add("--preflight-resources", default="{}", metavar="JSON", help="of the preflight pods")
    add("--gpu-resource", default="nvidia.com/gpu", metavar="NAME", help="what one GPU is called")
    add("--bind-address", default="0.0.0.0", metavar="ADDRESS", help="of /livez /readyz /metrics")  # noqa: S104
    add("--port", default=8080, type=int, help="of /livez /readyz /metrics; default 8080")
    add("--lease-name", default="", metavar="NAME", help="default: this is the only operator")
    add("--lease-namespace", default="", metavar="NAMESPACE", help="where the Lease is")
    add("--lease-pod", default="", metavar="NAME", help="of this process, to know those before it")
    return parser
