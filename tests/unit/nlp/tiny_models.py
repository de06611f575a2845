"""Models of a few kilobytes, made on the spot: real formats, random numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def static_model(folder: Path, texts: Sequence[str], *, dimension: int = 24, seed: int = 0) -> Path:
    """A model2vec folder that knows the words of ``texts``."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {word: i for i, word in enumerate(_words(texts))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()  # type: ignore[assignment]
    tokenizer.pre_tokenizer = Whitespace()  # type: ignore[assignment]
    vectors = np.random.default_rng(seed).normal(size=(len(vocabulary), dimension)).astype(np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(folder)
    return folder


def transformer(folder: Path, texts: Sequence[str]) -> Path:
    """A sentence-transformers folder: a BERT of one layer and eight thousand numbers, with mean pooling."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertConfig, BertModel, BertTokenizerFast

    bert = folder / "bert"
    bert.mkdir()
    vocabulary = [*_words(texts), "[PAD]", "[CLS]", "[SEP]", "[MASK]", "query", ":"]
    (bert / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(str(bert / "vocab.txt"), strip_accents=False).save_pretrained(bert)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(bert)
    words = modules.Transformer(str(bert), max_seq_length=64)
    SentenceTransformer(modules=[words, modules.Pooling(32)], device="cpu").save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def _words(texts: Sequence[str]) -> list[str]:
    return ["[UNK]", *sorted({word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower())})]
