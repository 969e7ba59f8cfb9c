"""What the status says about the data grows on the way from reading them to the result."""

from sbert_api.v1alpha1.training_status import DataFacts


def with_warnings(facts: DataFacts, warnings: list[str]) -> DataFacts:
    """The facts with more warnings."""
    return facts.model_copy(update={"warnings": [*facts.warnings, *warnings]})
