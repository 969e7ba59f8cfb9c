"""Contract models to CustomResourceDefinition.

A structural schema is stricter than pydantic's JSON schema: no references, no unions but
int-or-string, every default in place. What cannot be said raises NotStructuralError.
"""

import json
from typing import Any

import yaml

from sbert_api import names
from sbert_api.kinds import Kind

Schema = dict[str, Any]

_KEPT = (
    "type description default enum format pattern minimum maximum exclusiveMinimum minLength"
    " maxLength minItems maxItems minProperties maxProperties required"
).split()
HEADER = "# Generated from api/sbert_api by `make generate`. Do not edit.\n"
_CHART_IF = "{{- if .Values.crds.enabled }}\n"
_CHART_END = "{{- end }}\n"


class NotStructuralError(ValueError):
    """A contract model uses something that a structural schema cannot say."""


def structural(schema: Schema, definitions: Schema) -> Schema:
    """A pydantic JSON schema as the structural schema of a CRD: references inlined, titles gone."""
    schema = _resolved(schema, definitions)
    found = _scalars(schema) | _parts(schema, definitions)
    found |= {key: value for key, value in schema.items() if key.startswith("x-kubernetes-")}
    if "x-kubernetes-int-or-string" in found:
        found["anyOf"] = schema["anyOf"]
    elif "type" not in found:
        raise NotStructuralError(f"no single type in {schema}")
    return found


def _scalars(schema: Schema) -> Schema:
    """The keywords that are taken over, in the words of a structural schema."""
    found = {key: schema[key] for key in _KEPT if schema.get(key) is not None}
    if "const" in schema:
        found |= {"type": "string", "enum": [schema["const"]]}
    if "exclusiveMinimum" in found:
        found |= {"minimum": found["exclusiveMinimum"], "exclusiveMinimum": True}
    if "description" in found:
        found["description"] = " ".join(found["description"].split()) + _default_in_words(found)
    return found


def _default_in_words(found: Schema) -> str:
    """`kubectl explain` shows descriptions alone, not the schema's defaults."""
    return f" Default: {json.dumps(found['default'])}." if "default" in found else ""


def _parts(schema: Schema, definitions: Schema) -> Schema:
    """The schemas inside this one: of properties, items, and a map's values."""
    found: Schema = {}
    if "properties" in schema:
        properties = schema["properties"].items()
        found["properties"] = {name: structural(part, definitions) for name, part in properties}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found[key] = structural(schema[key], definitions)
    return found


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """`schema` without $ref and without the null of an optional field; outer keys win."""
    if "$ref" in schema:
        inner = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        outer = {key: value for key, value in schema.items() if key != "$ref"}
        return _resolved({**inner, **outer}, definitions)
    choices = [part for part in schema.get("anyOf", []) if part.get("type") != "null"]
    if len(choices) == 1:
        outer = {key: value for key, value in schema.items() if key != "anyOf"}
        return _resolved({**choices[0], **outer}, definitions)
    return schema


def build_crd(kind: Kind) -> Schema:
    """The CustomResourceDefinition of a kind."""
    model = kind.model.model_json_schema(by_alias=True)
    schema = structural(model, model.get("$defs", {}))
    schema["required"] = ["spec"]
    for field in ("apiVersion", "kind"):  # the API server has its own words for these two
        schema["properties"][field] = {"type": "string"}
    version = {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": list(kind.printer_columns),
        "selectableFields": [{"jsonPath": path} for path in kind.selectable_fields],
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "names": kind.names,
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def as_yaml(manifest: Schema) -> str:
    """A manifest as YAML text, keys in their order."""
    return yaml.safe_dump(manifest, sort_keys=False, width=100, allow_unicode=True)


def chart_template(crd: Schema) -> str:
    """The CRD as a Helm template: switched by crds.enabled, and kept when the chart is removed."""
    kept = {**crd["metadata"], "annotations": {"helm.sh/resource-policy": "keep"}}
    text = as_yaml({**crd, "metadata": kept})
    return HEADER + _CHART_IF + text.replace("{{", '{{ "{{" }}') + _CHART_END
