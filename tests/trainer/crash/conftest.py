"""One fork server and one uninterrupted run for all tests of this folder."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_model import make_tiny_model
from tests.trainer.crash.fork_server import fork_server
from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference, uninterrupted
from tests.trainer.runs import WORDS


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """The place for trials."""
    folder = tmp_path_factory.mktemp("crash")
    base = make_tiny_model(tmp_path_factory.mktemp("tiny"), WORDS, layers=1)
    with tempfile.TemporaryDirectory(prefix="fork") as place, fork_server(Path(place)) as server:
        yield Laboratory(server, base, folder)


@pytest.fixture(scope="session")
def reference(lab: Laboratory) -> Reference:
    """What happens when nothing goes wrong."""
    return uninterrupted(lab)
