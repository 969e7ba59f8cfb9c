"""The base of every contract model: camelCase outside, snake_case inside, immutable, strict types.

It must never accept what the API server refuses for its type: `"3"` is no number here either.
"""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Contract(BaseModel):
    """A part of the API. Unknown fields are ignored (an older program meets a newer resource).

    Where a person wrote the text, forbid them: `Model.model_validate(data, extra="forbid")`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        strict=True,
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    def as_json(self) -> dict[str, object]:
        """This object as the API writes it: camelCase, without what is not set."""
        return self.model_dump(by_alias=True, exclude_none=True, mode="json")
