"""`make demo`: apply a TrainingTask to a real control plane, get a trained model back, look at it.

It must show only what cluster and trained model say; nothing here knows a result.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from typing import TYPE_CHECKING

import yaml

from sbert_api.names import RESTARTED_AT_ANNOTATION, TASK_UID_LABEL

from .basemodel import HUB_FOLDER, snapshot
from .cluster import OPERATOR_NAMESPACE, Cluster, Json
from .errors import DevClusterError
from .paths import CHECKOUT
from .start import open_cluster, up
from .volumes import namespace_objects
from .watching import watch_until_ended

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "default"
TASK = "quickstart"
BROKEN = "broken"
EVALUATION = "quickstart-evaluation"
EXAMPLES = CHECKOUT / "examples"
QUESTIONS = (
    "can I still open Pepper after leaving",
    "what if the Chapel has no power",
    "how fast should an Osprey be",
)
"""Of the validation set, so never trained on."""


def main() -> int:
    """Run the demo. Returns the exit status: 0, 1 with a sentence, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m devcluster.demo", description=__doc__)
    parser.add_argument("--name", default="demo", help="the cluster to use, or to start")
    name, began = parser.parse_args().name, time.monotonic()
    try:
        cluster = _cluster(name)
        volumes = _volumes(cluster)
        _install(cluster)
        _train(cluster)
        model = trained_model(cluster)
        _compare(volumes, model)
        _diagnose(cluster)
        _evaluate(cluster)
        _farewell(cluster, time.monotonic() - began)
    except (DevClusterError, TimeoutError) as error:
        _say(f"\ndemo: {error}\nWhat runs is left running; `make down` stops it.")
        return 1
    except KeyboardInterrupt:
        _say("\ndemo: interrupted; `make down` takes the cluster down")
        return 130
    return 0


def _cluster(name: str) -> Cluster:
    """The demo's cluster: the one of an earlier demo if it still runs."""
    try:
        cluster = open_cluster(name)
        cluster.wait_until_node_ready(2)
        _headline("1. The control plane of the last demo still runs: etcd, API server, a node")
    except (DevClusterError, TimeoutError):
        _headline("1. Starting a control plane: etcd, API server, controllers, a node (10 s)")
        cluster = up(name)
    _say(cluster.kubectl("get", "nodes"))
    return cluster


def _volumes(cluster: Cluster) -> Path:
    """Volume claims for datasets and models, filled with the example data and the base model."""
    folder = cluster.folder / "volumes" / NAMESPACE
    for name in ("datasets", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for path in (EXAMPLES / "data").glob("*.jsonl"):
        shutil.copy(path, folder / "datasets")
    cluster.install_base_model(folder / "models")
    cluster.apply(*namespace_objects(NAMESPACE, folder))
    return folder


def _install(cluster: Cluster) -> None:
    _headline("2. Installing the operator with Helm (5 s)")
    cluster.install_operator()
    _say(cluster.kubectl("get", "deployments", "-n", OPERATOR_NAMESPACE))


def _train(cluster: Cluster) -> None:
    """Apply the example and show how the task goes until it has ended."""
    _headline(f"3. kubectl apply -f examples/{TASK}.yaml (training takes about a minute)")
    _say(_apply_example(cluster, TASK))
    if _has_ended(cluster, TASK):
        _run_again(cluster, TASK)
    _headline("4. kubectl get trainingtasks -w")
    watch_until_ended(cluster, TASK, NAMESPACE)


def _apply_example(cluster: Cluster, name: str) -> str:
    """Apply an example. Returns its YAML and what kubectl said."""
    file = EXAMPLES / f"{name}.yaml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    return "\n".join([*lines, cluster.kubectl("apply", "-n", NAMESPACE, "-f", str(file))])


def _has_ended(cluster: Cluster, name: str) -> bool:
    return _phase_of(cluster.get("trainingtask", name, NAMESPACE)) in ("Done", "Failed")


def _run_again(cluster: Cluster, name: str) -> None:
    """An unchanged task is never trained twice unasked: ask for it."""
    moment = time.strftime("%FT%T")
    words = ("annotate", "tt", name, "--overwrite", f"{RESTARTED_AT_ANNOTATION}={moment}")
    _say("It was trained in an earlier demo, so nothing happens. To train once more all the same:")
    _say(f"kubectl {' '.join(words)}")
    _say(cluster.kubectl(*words, "-n", NAMESPACE))
    cluster.wait_for("trainingtask", name, NAMESPACE, lambda task: _asked_at(task) == moment)


def _asked_at(task: Json) -> str | None:
    run: Json = task.get("status", {}).get("run", {})
    return run.get("restartedAt")


def trained_model(cluster: Cluster) -> str:
    """Print the status. Returns the trained model's id. Raises DevClusterError if there is none."""
    status: Json = cluster.get("trainingtask", TASK, NAMESPACE).get("status", {})
    shown = ("phase", "reason", "message", "startTime", "endDate", "trainedModelId", "failure")
    _headline(f"5. kubectl get trainingtask {TASK} -o yaml (a part of its status)")
    parts = {key: status[key] for key in (*shown, "data", "metrics") if key in status}
    _say(yaml.safe_dump({"status": parts}, sort_keys=False, width=100))
    phase, model = status.get("phase"), status.get("trainedModelId")
    if phase != "Done" or not model:
        why = status.get("errorMsg") or "its status does not say why"
        raise DevClusterError(f"the task ended as {phase}, without a model: {why}")
    return str(model)


def _compare(volumes: Path, model_id: str) -> None:
    """Ask base and trained model the same questions, over all passages of the validation set."""
    _headline(f'6. SentenceTransformer("{model_id}"): nearest passages before and after')
    rows = [json.loads(line) for line in (volumes / "datasets/handbook-validation.jsonl").open()]
    right = {row["question"]: row["positive"] for row in rows}
    passages = sorted({row[column] for row in rows for column in ("positive", "negative")})
    found = {
        "before": _nearest(snapshot(volumes / "models" / HUB_FOLDER), list(right), passages),
        "after": _nearest(volumes / "models" / model_id, list(right), passages),
    }
    for question in QUESTIONS:
        _say(f"{question}?")
        for when, answers in found.items():
            verdict = "right" if answers[question] == right[question] else "wrong"
            _say(f"  {when:7}{verdict}  {answers[question]}")
    for when, answers in found.items():
        hits = sum(answers[question] == right[question] for question in right)
        _say(f"{when}: the nearest passage is the right one for {hits} of {len(right)} questions")


def _nearest(model_folder: Path, questions: list[str], passages: list[str]) -> dict[str, str]:
    """The passage whose embedding is nearest to each question's."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes 5 seconds
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()  # type: ignore[no-untyped-call]
    model = SentenceTransformer(str(model_folder), device="cpu")
    asked = model.encode(questions, normalize_embeddings=True)
    nearest = (asked @ model.encode(passages, normalize_embeddings=True).T).argmax(axis=1)
    return {q: passages[best] for q, best in zip(questions, nearest, strict=True)}


def _diagnose(cluster: Cluster) -> None:
    """Apply a task whose dataset is broken, and show what is said about it."""
    _headline(f"7. kubectl apply -f examples/{BROKEN}.yaml (a dataset with two broken lines)")
    cluster.kubectl("delete", "trainingtask", BROKEN, "-n", NAMESPACE, "--ignore-not-found")
    _say(_apply_example(cluster, BROKEN))
    task = cluster.wait_for(
        "trainingtask", BROKEN, NAMESPACE, lambda task: _phase_of(task) == "Failed"
    )
    _say(f"$ kubectl get tt {BROKEN} -o yaml  # a part of its status")
    parts = {key: task["status"][key] for key in ("phase", "failure")}
    _say(yaml.safe_dump({"status": parts}, sort_keys=False, width=100, allow_unicode=True))
    _say(f"$ kubectl get jobs -l {TASK_UID_LABEL}={task['metadata']['uid']}")
    selector = f"{TASK_UID_LABEL}={task['metadata']['uid']}"
    _say(cluster.kubectl("get", "jobs", "-n", NAMESPACE, "-l", selector))
    _say("Only the check on a CPU has run; a GPU was never asked for.")


def _evaluate(cluster: Cluster) -> None:
    """Let an EvaluationTask answer whether the trained model is better."""
    _headline("8. kubectl apply -f examples/evaluate.yaml (is it better? 10 s)")
    cluster.kubectl("delete", "et", EVALUATION, "-n", NAMESPACE, "--ignore-not-found")
    _say(_apply_example(cluster, "evaluate"))
    cluster.wait_for("et", EVALUATION, NAMESPACE, _has_verdict, seconds=120)
    _say("$ kubectl get et")
    _say(cluster.kubectl("get", "et", "-n", NAMESPACE))
    _say(cluster.get("et", EVALUATION, NAMESPACE)["status"]["message"])


def _has_verdict(task: Json) -> bool:
    """Raises DevClusterError if the evaluation failed."""
    status = task.get("status", {})
    if status.get("phase") == "Failed":
        raise DevClusterError(f"the evaluation failed: {status.get('errorMsg')}")
    return "verdict" in status


def _phase_of(task: Json) -> str | None:
    status: Json = task.get("status", {})
    return status.get("phase")


def _farewell(cluster: Cluster, seconds: float) -> None:
    _headline(f"Done in {seconds:.0f} s. The cluster stays up. Look around:")
    _say(
        f'export KUBECONFIG="{cluster.kubeconfig}" PATH="{cluster.binary("kubectl").parent}:$PATH"'
    )
    _say("kubectl get trainingtasks -o wide")
    _say(f"kubectl logs -l job-name=$(kubectl get tt {TASK} -o jsonpath={{.status.run.jobName}})")
    _say("kubectl explain trainingtask.spec --recursive")
    _say("\nTake everything down:\nmake down")


def _headline(text: str) -> None:
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    _say(f"\n{bold}{text}{plain}")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
