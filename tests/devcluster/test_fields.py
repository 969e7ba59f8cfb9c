"""Downward API, environment and $(VAR) expansion."""

from __future__ import annotations

from typing import Any

import pytest

from devcluster.processnode.fields import command, environment, expand, field_value

POD: dict[str, Any] = {
    "metadata": {
        "name": "p",
        "labels": {"b": "2", "a": 'say "hi"'},
        "annotations": {"n/x": "y\nz"},
    },
    "spec": {"nodeName": "node"},
    "status": {"podIP": "127.88.0.1"},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "p"),
        ("spec.nodeName", "node"),
        ("status.podIP", "127.88.0.1"),
        ("status.hostIP", ""),
        ("metadata.labels['b']", "2"),
        ("metadata.labels['absent']", ""),
        ("metadata.annotations['n/x']", "y\nz"),
        ("metadata.labels", 'a="say \\"hi\\""\nb="2"'),
        ("metadata.annotations", 'n/x="y\\nz"'),
    ],
)
def test_field_path(path: str, value: str) -> None:
    assert field_value(POD, path) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("$(A)/x", "1/x", id="known"),
        pytest.param("$(B)", "$(B)", id="unknown stays"),
        pytest.param("$$(A)", "$(A)", id="escaped"),
        pytest.param("$$$(A)", "$1", id="escaped dollar before a reference"),
        pytest.param("$A ${A}", "$A ${A}", id="shell's notation is not ours"),
    ],
)
def test_expansion(text: str, value: str) -> None:
    assert expand(text, {"A": "1"}) == value


def test_later_variable_may_refer_to_an_earlier_one() -> None:
    container = {
        "env": [
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "URL", "value": "http://$(IP)"},
            {"name": "ABSENT", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        ]
    }
    env = environment(POD, container, {"BASE": "1"}, lambda _reference, _plural: None)
    assert env == {"BASE": "1", "HOSTNAME": "p", "IP": "127.88.0.1", "URL": "http://127.88.0.1"}


def test_source_that_is_not_supported_is_named() -> None:
    container = {"env": [{"name": "X", "valueFrom": {"resourceFieldRef": {}}}]}
    with pytest.raises(ValueError, match=r"valueFrom \['resourceFieldRef'\] is not supported"):
        environment(POD, container, {}, lambda _reference, _plural: None)


@pytest.mark.parametrize(
    ("container", "words"),
    [
        pytest.param({}, ["image"], id="entry point"),
        pytest.param({"args": ["$(A)"]}, ["image", "1"], id="args follow the entry point"),
        pytest.param({"command": ["c"], "args": ["a"]}, ["c", "a"], id="command replaces it"),
    ],
)
def test_command(container: dict[str, Any], words: list[str]) -> None:
    assert command(container, ["image"], {"A": "1"}) == words
