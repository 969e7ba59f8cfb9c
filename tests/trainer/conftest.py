"""A tiny model, made once: two layers of BERT over the words of the test data, untrained."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from sbert_trainer.prepare import Volumes
from tests.tiny_model import make_tiny_model
from tests.trainer.runs import WORDS, some_rows
from tests.unit.trainer.builders import write_dataset


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """The tiny model is faster on one thread, and other work on the machine disturbs it less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)
        yield


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sentence-transformers model that reads at most 32 tokens."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny"), WORDS, layers=2)


@pytest.fixture
def volumes(tmp_path: Path, tiny_model: Path) -> Iterator[Volumes]:
    """Volumes with the dataset `faq` and the model `base`. The datasets must stay as they are."""
    datasets, models = tmp_path / "datasets", tmp_path / "models"
    datasets.mkdir()
    shutil.copytree(tiny_model, models / "base")
    dataset = write_dataset(datasets, "faq", *some_rows(40))
    content = dataset.read_bytes()
    yield Volumes(datasets, models)
    assert dataset.read_bytes() == content


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder trains or loads torch."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.trainer)
