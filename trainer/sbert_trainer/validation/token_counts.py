"""Counts a text's tokens as a model's own tokenizer does, without transformers."""

from pathlib import Path

from tokenizers import Tokenizer

from sbert_trainer.validation.model_json import read_json
from sbert_trainer.validation.modules_json import read_modules

_NO_LIMIT = 1 << 30
"""tokenizer_config.json may say 10**30."""


class TokenCounter:
    """A tokenizer, and where its model cuts texts."""

    def __init__(self, tokenizer: Tokenizer, limit: int | None) -> None:
        """`limit` is in tokens; None: the model cuts nowhere."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.limit = limit

    def count(self, text: str) -> int:
        """Tokens of `text`, with those that stand for its start and end."""
        return len(self._tokenizer.encode(text).ids)


def token_counter(folder: Path) -> TokenCounter | None:
    """The counter of a model whose folder was checked; None: only transformers knows the tokenizer.

    That is so for old models, which have a vocab.txt instead of a tokenizer.json.
    """
    part = read_modules(folder)[0].folder
    path = part / "tokenizer.json"
    if not path.is_file():
        return None
    return TokenCounter(Tokenizer.from_file(str(path)), _limit(part, folder))


def _limit(part: Path, folder: Path) -> int | None:
    """Tokens after which sentence-transformers cuts a text: its own setting, or else the least of
    what the tokenizer and the model's positions allow.
    """
    own = _number(part / "sentence_bert_config.json", folder, "max_seq_length")
    if own is not None:
        return own
    places = (
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    )
    found = [_number(part / name, folder, key) for name, key in places]
    return min((number for number in found if number is not None), default=None)


def _number(path: Path, folder: Path, key: str) -> int | None:
    if not path.is_file():
        return None
    found = read_json(path, folder)
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, int) and 0 < value < _NO_LIMIT else None
