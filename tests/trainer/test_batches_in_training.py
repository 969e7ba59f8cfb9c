"""The batches that a real training sees when rows share texts."""

from collections import Counter
from typing import Any

import pytest
from torch import Tensor, nn

from sbert_api.result import parse_progress_line
from sbert_trainer.fitting import TripletTrainer
from sbert_trainer.prepare import Volumes
from tests.trainer.runs import WORDS, run
from tests.unit.trainer.builders import write_dataset

ROWS, QUESTIONS, EPOCHS = 100, 5, 2
TRAINED_ROWS = 80
"""One question's 20 rows are the validation set: rows of one question stay together."""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[int, ...]]]:
    """For each batch that was trained on: the tokens of its rows' questions and positives."""
    batches: list[list[tuple[int, ...]]] = []
    training_step = TripletTrainer.training_step

    def recording(
        self: TripletTrainer, model: nn.Module, inputs: dict[str, Tensor], *rest: Any
    ) -> Tensor:
        columns = (inputs["anchor_input_ids"].tolist(), inputs["positive_input_ids"].tolist())
        batches.append([(*anchor, *positive) for anchor, positive in zip(*columns, strict=True)])
        return training_step(self, model, inputs, *rest)

    monkeypatch.setattr(TripletTrainer, "training_step", recording)
    return batches


@pytest.fixture
def shared_questions(volumes: Volumes) -> Volumes:
    """The dataset `shared`: every row has an answer of its own and one of five questions."""
    rows = [
        {
            "question": WORDS[number % QUESTIONS],
            "positive": f"{WORDS[6 + number // 60]} {WORDS[8 + number % 60]}",
            "negative": f"{WORDS[8 + number % 60]} {WORDS[6 + number // 60]}",
        }
        for number in range(ROWS)
    ]
    write_dataset(volumes.datasets, "shared", *rows)
    return volumes


@pytest.mark.parametrize("accumulation", [1, 3])
def test_every_row_is_trained_on_once_in_each_epoch_though_questions_repeat(
    shared_questions: Volumes,
    seen: list[list[tuple[int, ...]]],
    capsys: pytest.CaptureFixture[str],
    accumulation: int,
) -> None:
    run(
        shared_questions,
        trainDatasetIds=["shared"],
        epochs=EPOCHS,
        perDeviceTrainBatchSize=16,
        gradientAccumulationSteps=accumulation,
    )
    batches = TRAINED_ROWS // (QUESTIONS - 1)
    assert len(seen) == EPOCHS * batches
    for epoch in (seen[:batches], seen[batches:]):
        rows = Counter(row for batch in epoch for row in batch)
        assert len(rows) == TRAINED_ROWS
        assert set(rows.values()) == {1}
    assert seen[:batches] != seen[batches:], "each epoch mixes anew"
    lines = [parse_progress_line(line) for line in capsys.readouterr().out.splitlines()]
    last = lines[-1]
    assert last is not None
    steps = EPOCHS * -(-batches // accumulation)
    assert (last.step, last.total_steps, last.epoch) == (steps, steps, EPOCHS)
