import gc
from collections.abc import Iterator

import pytest

from sbert_trainer.loading import without_collections


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_nothing_is_collected_while_libraries_are_loaded() -> None:
    with without_collections():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_was_loaded_is_never_looked_at_again() -> None:
    with without_collections():
        loaded = [[] for _ in range(100)]  # type: ignore[var-annotated]

    assert gc.get_freeze_count() > len(loaded)


def test_a_failed_import_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), without_collections():
        raise ImportError

    assert gc.isenabled()
