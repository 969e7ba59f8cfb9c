"""Scores of a real model, against sentence-transformers' own evaluators."""

from typing import Any

import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import (
    EmbeddingSimilarityEvaluator,
    InformationRetrievalEvaluator,
    TripletEvaluator,
)

from sbert_trainer.evaluation import Evaluation
from sbert_trainer.forward_pass import encode_of
from sbert_trainer.model import load_model
from sbert_trainer.prepare import Volumes
from sbert_trainer.validation.rows import Triplet
from tests.trainer.runs import some_rows

ROWS = [Triplet(**row) for row in some_rows(60)]


@pytest.fixture
def model(volumes: Volumes) -> SentenceTransformer:
    return load_model(volumes.models / "base", "cpu")


def test_scores_equal_those_of_the_library_s_evaluators(model: SentenceTransformer) -> None:
    found = Evaluation(ROWS).scores(model)
    triplets = TripletEvaluator(
        [row.question for row in ROWS],
        [row.positive for row in ROWS],
        [row.negative for row in ROWS],
        main_similarity_function="cosine",
    )(model)
    corpus = dict.fromkeys(text for row in ROWS for text in (row.positive, row.negative))
    ranking = InformationRetrievalEvaluator(
        {str(number): row.question for number, row in enumerate(ROWS)},
        {text: text for text in corpus},
        {str(number): {row.positive} for number, row in enumerate(ROWS)},
        mrr_at_k=[10],
        ndcg_at_k=[10],
        write_csv=False,
    )(model)
    similarity = EmbeddingSimilarityEvaluator(
        [row.question for row in ROWS] * 2,
        [row.positive for row in ROWS] + [row.negative for row in ROWS],
        [1.0] * len(ROWS) + [0.0] * len(ROWS),
        main_similarity="cosine",
        write_csv=False,
    )(model)
    assert found.spearman_correlation == pytest.approx(similarity["spearman_cosine"], abs=1e-6)
    assert found.triplet_accuracy == pytest.approx(triplets["cosine_accuracy"], abs=1e-6)
    assert found.mrr10 == pytest.approx(ranking["cosine_mrr@10"], abs=1e-6)
    assert found.ndcg10 == pytest.approx(ranking["cosine_ndcg@10"], abs=1e-6)


def test_each_distinct_text_is_encoded_once(
    model: SentenceTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    preprocess = model.preprocess

    def counting(texts: list[str], **options: Any) -> object:
        encoded.extend(texts)
        return preprocess(texts, **options)

    monkeypatch.setattr(model, "preprocess", counting)
    Evaluation([*ROWS, *ROWS]).scores(model)
    texts = {text for row in ROWS for text in (row.question, row.positive, row.negative)}
    assert sorted(encoded) == sorted(texts)


@pytest.mark.parametrize("packed", [True, False])
def test_at_most_so_many_texts_go_through_the_model_at_a_time(
    model: SentenceTransformer, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    everything = Evaluation(ROWS, encode_of(packed=packed)).scores(model)
    batches: list[int] = []
    preprocess = model.preprocess

    def counting(texts: list[str], **options: Any) -> object:
        batches.append(len(texts))
        return preprocess(texts, **options)

    monkeypatch.setattr(model, "preprocess", counting)
    found = Evaluation(ROWS, encode_of(packed=packed, batch_size=7)).scores(model)
    assert max(batches) == 7
    assert found.as_json() == pytest.approx(everything.as_json(), abs=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_s_mode_is_left_as_it_was(model: SentenceTransformer, *, training: bool) -> None:
    model.train(training)
    Evaluation(ROWS[:2]).scores(model)
    assert model.training == training
