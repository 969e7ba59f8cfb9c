"""What a Lease says and what is written into it. Pure functions over manifests.

Anybody with the right may have written anything into a Lease: reading one never raises.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sbert_operator.observed import Key, Manifest

API_VERSION = "coordination.k8s.io/v1"
MOST_TRANSITIONS = 2**31 - 1


@dataclass(frozen=True)
class Claim:
    """Who holds a Lease, as one version of it says."""

    holder: str
    """The identity of the one that leads; empty: nobody."""

    duration: float
    """Seconds for which the holder relies on it after each renewal; 0: it does not say."""

    version: str
    """resourceVersion: a renewal is a new one."""


def claim_of(lease: Manifest) -> Claim:
    """What a Lease says."""
    spec = _spec(lease)
    holder, duration = spec.get("holderIdentity"), _number(spec.get("leaseDurationSeconds"))
    version = str(lease["metadata"].get("resourceVersion", ""))
    return Claim(holder if isinstance(holder, str) else "", duration, version)


def new_lease(key: Key, identity: str, duration: int, now: datetime) -> Manifest:
    """The Lease of this name, held by `identity`."""
    metadata = {"namespace": key.namespace, "name": key.name}
    empty = {"apiVersion": API_VERSION, "kind": "Lease", "metadata": metadata}
    return renewed(empty, identity, duration, now)


def renewed(lease: Manifest, identity: str, duration: int, now: datetime) -> Manifest:
    """The Lease as `identity` takes or keeps it. Its version stays: others' writes are noticed."""
    moment, old = _moment(now), _spec(lease)
    spec = {**old, "holderIdentity": identity, "leaseDurationSeconds": duration}
    spec["renewTime"] = moment
    if old.get("holderIdentity") != identity:
        changes = min(_number(old.get("leaseTransitions")) + bool(old), MOST_TRANSITIONS)
        spec |= {"acquireTime": moment, "leaseTransitions": changes}
    return {**lease, "spec": spec}


def given_up(lease: Manifest, now: datetime) -> Manifest:
    """The Lease without a holder."""
    spec = {**_spec(lease), "holderIdentity": "", "leaseDurationSeconds": 1}
    return {**lease, "spec": {**spec, "renewTime": _moment(now)}}


def _spec(lease: Manifest) -> dict[str, Any]:
    spec = lease.get("spec")
    return spec if isinstance(spec, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _moment(now: datetime) -> str:
    """A MicroTime, which must have six digits."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
