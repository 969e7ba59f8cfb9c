"""Why a pod does not start: from the words of scheduler, kubelet and admission to a reason."""

import pytest

from sbert_api.reasons import Reason
from sbert_operator.actions import ReadEvents, ReadPods, Settle, WriteStatus
from sbert_operator.observed import Observed, Obstacle, Pod
from sbert_operator.reconcile import reconcile
from sbert_operator.waiting import refusal
from tests.unit.operator.builders import (
    NOW,
    SETTINGS,
    a_job,
    a_status,
    a_task,
    a_waiting_pod,
    later,
)
from tests.unit.operator.decisions import decide

JUST_NOW = "2026-01-01T11:59:50Z"
TASK = a_task(status=a_status("Queued"))
JOB = a_job(active=1)
NO_GPU = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."


def told(seen: Observed) -> tuple[str, str, str]:
    action = decide(seen)
    assert isinstance(action, WriteStatus), action
    return action.status.phase, action.status.reason, action.status.message


def test_a_pod_has_half_a_minute_to_start_unasked() -> None:
    job = a_job(active=1, created=JUST_NOW)
    seen = Observed(TASK, (job,))
    action = decide(seen)
    assert isinstance(action, WriteStatus)
    again = Observed(a_task(status=action.status.as_json()), (job,))
    assert decide(again) == Settle(again_in=20.0)


def test_after_that_its_pods_are_looked_at_and_then_what_others_say() -> None:
    assert decide(Observed(TASK, (JOB,))) == ReadPods(JOB)
    pod = a_waiting_pod("ContainerCreating")
    assert decide(Observed(TASK, (JOB,), pods=(pod,))) == ReadEvents(JOB, pod)
    assert decide(Observed(TASK, (JOB,), pods=())) == ReadEvents(JOB, None)


@pytest.mark.parametrize(
    ("pod", "reason"),
    [
        pytest.param(a_waiting_pod(unschedulable=NO_GPU), "Unschedulable", id="no GPU is free"),
        pytest.param(
            a_waiting_pod(unschedulable='persistentvolumeclaim "models" not found'),
            "VolumeNotFound",
            id="V01 no claim",
        ),
        pytest.param(
            a_waiting_pod(unschedulable="pod has unbound immediate PersistentVolumeClaims"),
            "VolumeNotFound",
            id="V02 a claim without a volume",
        ),
        pytest.param(
            a_waiting_pod("ImagePullBackOff", "Back-off pulling image"),
            "ImagePullFailed",
            id="C05 image",
        ),
        pytest.param(
            a_waiting_pod("InvalidImageName", "bad"), "ImagePullFailed", id="C05 image name"
        ),
        pytest.param(
            a_waiting_pod("CreateContainerConfigError", "secret not found"),
            "PodNotStarted",
            id="C05 configuration",
        ),
    ],
)
def test_what_the_pod_itself_tells(pod: Pod, reason: str) -> None:
    phase, found, message = told(Observed(TASK, (JOB,), pods=(pod,)))
    assert (phase, found) == ("Queued", reason)
    assert (pod.unschedulable or pod.waiting_message) in message


@pytest.mark.parametrize(
    ("complaint", "reason"),
    [
        pytest.param(
            'FailedCreate: Error creating: pods "x" is forbidden: exceeded quota: gpus',
            "QuotaExceeded",
            id="C06 quota",
        ),
        pytest.param(
            'FailedCreate: Error creating: pods "x" is forbidden: violates PodSecurity',
            "PodRejected",
            id="C07 pod security",
        ),
        pytest.param(
            "FailedCreate: Error creating: admission webhook denied the request",
            "PodRejected",
            id="C07 webhook",
        ),
        pytest.param(
            "FailedAttachVolume: Multi-Attach error for volume", "PodNotStarted", id="V03 attach"
        ),
        pytest.param("Unhealthy: probe failed", Reason.QUEUED, id="nothing that says why"),
    ],
)
def test_what_others_tell_of_it(complaint: str, reason: str) -> None:
    job = a_job()
    seen = Observed(a_task(status=a_status("Queued")), (job,), pods=(), complaints=(complaint,))
    assert told(seen)[1] == reason


@pytest.mark.parametrize(("waited", "again_in"), [(31, 10.333), (90, 30.0), (3600, 60.0)])
def test_the_longer_it_waits_the_rarer_it_is_looked_at(waited: int, again_in: float) -> None:
    job = a_job(active=1, created=later(-waited).isoformat())
    seen = Observed(TASK, (job,), pods=(a_waiting_pod(unschedulable=NO_GPU),))
    action = decide(seen)
    assert isinstance(action, WriteStatus)
    again = Observed(a_task(status=action.status.as_json()), (job,), pods=seen.pods)
    settled = reconcile(again, SETTINGS, NOW)
    assert isinstance(settled, Settle)
    assert settled.again_in == pytest.approx(again_in, abs=0.01)


def test_a_pod_that_starts_after_all_takes_the_reason_away() -> None:
    status = a_status("Queued", reason="Unschedulable", message=NO_GPU)
    job = a_job(active=1, ready=1)
    seen = Observed(a_task(status=status), (job,), pods=(a_waiting_pod(),))
    assert told(seen)[:2] == ("Running", "Training")


def test_a_job_in_a_queue_waits_for_kueue() -> None:
    job = a_job(suspend=True, labels={"kueue.x-k8s.io/queue-name": "gpus"})
    assert told(Observed(TASK, (job,)))[:2] == ("Queued", "AwaitingAdmission")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('jobs.batch "x" is forbidden: exceeded quota: objects', "QuotaExceeded"),
        ('admission webhook "w" denied the request: no', "PodRejected"),
        ("namespace is being terminated", "Queued"),
    ],
)
def test_a_job_that_is_not_allowed_now_waits_with_a_reason(message: str, reason: str) -> None:
    found = refusal(message)
    assert isinstance(found, Obstacle)
    assert (found.reason, found.final) == (reason, False)
    assert message in found.message
