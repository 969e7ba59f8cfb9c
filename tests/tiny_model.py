"""A sentence-transformers model that is quick to train, for tests that need a real one."""

from collections.abc import Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def make_tiny_model(folder: Path, words: Sequence[str], *, layers: int) -> Path:
    """`folder`/base with an untrained BERT, 32 wide, that knows `words` and reads 32 tokens."""
    plain = folder / "plain"
    plain.mkdir()
    (plain / "vocab.txt").write_text("\n".join([*_SPECIAL, *words]) + "\n")
    BertTokenizer(vocab=str(plain / "vocab.txt")).save_pretrained(plain)
    config = BertConfig(
        vocab_size=len(_SPECIAL) + len(words),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    torch.manual_seed(1)
    BertModel(config).save_pretrained(plain)
    modules = [Transformer(str(plain)), Pooling(config.hidden_size), Normalize()]
    model = SentenceTransformer(modules=modules, device="cpu")
    model.save_pretrained(str(folder / "base"), create_model_card=False)
    return folder / "base"
