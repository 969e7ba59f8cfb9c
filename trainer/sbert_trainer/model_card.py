"""The model card, README.md of a published model. Pure: facts in, Markdown out."""

from collections.abc import Iterable

import yaml

from sbert_api.v1alpha1.scores import Interval
from sbert_trainer.hub_names import hub_id
from sbert_trainer.manifest import Manifest
from sbert_trainer.metric_words import headline, known_scores, number, verdict, with_ends
from sbert_trainer.parameters import shown_parameters
from sbert_trainer.texts import shown

_DIGITS = 3
_CELL_LENGTH = 600
_CARD = """---
{front_matter}---

# {model_id}

A [sentence-transformers](https://www.sbert.net) model, fine-tuned from `{base}` by the TrainingTask
`{task}`.

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{model_id}")
similarity = model.similarity(model.encode("a question"), model.encode(["an answer", "another"]))
```

## Scores

{headline}. On {validation_rows} validation rows of `{validation_dataset}`, none of which was
trained on; in brackets 95 % intervals, from a paired bootstrap over the rows. [The
report](report.html) shows the training and the questions that moved most.

{scores}

## Data

{datasets}

{train_rows} rows were trained on. All datasets together: `{data_digest}`; base model:
`{base_digest}`.
{warnings}
## Training

{seconds:.0f} s on {device}; the weights are those after step {step}. Parameters, first those that
differ from their defaults:

{parameters}

## Versions

{versions}
"""


def build_model_card(facts: Manifest) -> str:
    """The card of the model that `facts` describes; its list of files is not used."""
    return _CARD.format(
        front_matter=_front_matter(facts),
        model_id=facts.model_id,
        base=facts.base_model.tag,
        task=f"{facts.task['namespace']}/{facts.task['name']}",
        headline=headline(facts.metrics, _DIGITS),
        validation_rows=facts.data.validation_rows,
        validation_dataset=facts.data.validation_dataset,
        scores=_scores(facts),
        datasets=_table(
            ("dataset", "rows", "digest"),
            ((name, entry.rows, f"`{entry.digest}`") for name, entry in facts.datasets.items()),
        ),
        train_rows=facts.data.train_rows,
        data_digest=facts.data.digest,
        base_digest=facts.base_model.digest,
        warnings="".join(f"\n* {_cell(warning)}\n" for warning in facts.data.warnings),
        seconds=facts.training_seconds,
        device=facts.device,
        step=facts.published_step,
        parameters=_table(
            ("parameter", "value", "default"),
            ((p.name, p.value, p.default or "") for p in shown_parameters(facts.parameters)),
        ),
        versions=_table(("package", "version"), sorted(facts.versions.items())),
    )


def _front_matter(facts: Manifest) -> str:
    """What a model hub reads; a base model of no hub has no name there."""
    values: dict[str, object] = {
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["sentence-transformers", "sentence-similarity", "feature-extraction"],
    }
    if base := hub_id(facts.base_model.tag):
        values["base_model"] = base
    return yaml.safe_dump(values, sort_keys=False)


def _scores(facts: Manifest) -> str:
    rows = []
    sides = [facts.intervals[side] for side in ("base", "trained", "gain")]
    for name, words in known_scores(sides):
        base, trained, gain = (side[name] for side in sides)
        rows.append(
            (
                words.title,
                _with_ends(base),
                _with_ends(trained),
                with_ends(gain, _DIGITS),
                verdict(gain) if words.decides else "",
            )
        )
    return _table(("score", "base model", "this model", "gain", ""), rows)


def _with_ends(score: Interval) -> str:
    low, high = number(score.low, _DIGITS), number(score.high, _DIGITS)
    return f"{number(score.value, _DIGITS)} [{low}, {high}]"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: object) -> str:
    """A text of a spec or of data, harmless in a table."""
    return shown(str(value), _CELL_LENGTH).replace("|", "\\|").replace("<", "&lt;")
