"""Names the failure of a tokenizer that gives up on a text. Torch-free."""

from collections.abc import Iterator
from contextlib import contextmanager

from sbert_trainer.errors import TrainingModelWeightsNotFoundError


@contextmanager
def tokenizer_panics_named() -> Iterator[None]:
    """Raise TrainingModelWeightsNotFoundError where the tokenizers library panics.

    It does so for a regular expression that takes too many attempts on a text. Its exception is no
    Exception, so that nobody would catch it.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise TrainingModelWeightsNotFoundError(
            f"tokenizer.json: the tokenizer gave up on a text: {str(error)[:200]}"
        ) from error
