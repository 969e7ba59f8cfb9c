"""The volumes of a measured training: base model, datasets and a task file in a scratch folder."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.shared_data import Row
from devcluster.basemodel import base_model, snapshot

_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob")


@dataclass(frozen=True)
class Testbed:
    """A scratch folder with the two volumes that a trainer pod mounts."""

    folder: Path

    @property
    def datasets(self) -> Path:
        """The dataset volume."""
        return self.folder / "datasets"

    @property
    def models(self) -> Path:
        """The model volume."""
        return self.folder / "models"

    @property
    def base(self) -> Path:
        """The base model: a plain folder, which both sides load."""
        return self.models / "base"

    def prepare(self, *, dropout: bool = True) -> None:
        """Put the base model there; without `dropout` its configuration switches that off."""
        self.datasets.mkdir(parents=True)
        shutil.copytree(snapshot(base_model()), self.base)
        if not dropout:
            config = self.base / "config.json"
            values = json.loads(config.read_text()) | dict.fromkeys(_DROPOUTS, 0.0)
            config.write_text(json.dumps(values))

    def dataset(self, name: str, rows: Sequence[Row]) -> Path:
        """Write the dataset `name`."""
        path = self.datasets / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        return path

    def model_id(self, name: str) -> str:
        """Where the task `name` publishes its model, below the model volume."""
        return f"trained_models/{name}"

    def command(self, name: str, **spec: Any) -> list[str]:
        """The arguments of `sbert-trainer` that train on a CPU what `spec` says in API names."""
        task = {
            **{"name": name, "namespace": "bench", "uid": name, "runKey": name},
            "modelId": self.model_id(name),
            "spec": {
                **{"modelTag": "base", "trainDatasetIds": ["train"], "valDatasetId": "few"},
                **{"device": "cpu", "showProgressBar": False, "timeoutSeconds": 86400},
                **spec,
            },
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(task))
        return [
            *("train", "--task", str(path), "--termination-log", str(path.with_suffix(".log"))),
            *("--datasets", str(self.datasets), "--models", str(self.models)),
        ]
