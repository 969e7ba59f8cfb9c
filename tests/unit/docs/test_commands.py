"""Every command that a page shows is one that can be given: names, files, flags, values, fields."""

import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import versions
from devcluster.binaries import find
from sbert_api.kinds import KINDS
from sbert_api.yaml12 import Yaml12Loader
from tests.unit.chart.rendering import CHART, helm
from tests.unit.docs.pages import PAGES, PROGRAMS, ROOT, Command, blocks, commands

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
OURS = re.compile(r"(?:examples|charts|crds)/[\w./-]+")
STATUS_PATH = re.compile(r"\{\.status((?:\.\w+)+)\}")
TASKS = re.compile(r"\b(?:tt|et|trainingtasks?|evaluationtasks?)\b")


def named(command: Command) -> str:
    return f"{command.page.name}: {command.line}"


def test_there_are_commands_of_every_kind() -> None:
    for program in PROGRAMS:
        assert commands(program)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = LINK.findall(page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("command", commands(*PROGRAMS), ids=named)
def test_files_of_the_project_are_there(command: Command) -> None:
    assert [path for path in OURS.findall(command.line) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("command", commands("make"), ids=named)
def test_targets_are_made(command: Command) -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = {line.split()[0] for line in done.stdout.splitlines() if line}
    assert {word for word in command.words[1:] if "=" not in word} <= targets


@pytest.mark.parametrize("command", commands("helm"), ids=named)
def test_values_are_the_charts(command: Command) -> None:
    given = [word for key, word in pairwise(command.words) if key == "--set"]
    flags = [part for value in given for part in ("--set", value)]
    assert helm("template", "demo", str(CHART), *flags)


@pytest.mark.parametrize("command", commands("kubectl"), ids=named)
def test_kubectl_knows_the_flags(command: Command) -> None:
    programs = find(versions.KUBERNETES)
    assert programs
    words = [str(programs["kubectl"]), *command.words[1:], "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", commands("sbert-trainer"), ids=named)
def test_the_trainer_knows_the_flags(command: Command) -> None:
    said = trainer_help(command.words[1])
    assert [word for word in command.words if word.startswith("--") and word not in said] == []


@cache
def trainer_help(subcommand: str) -> str:
    words = [".venv/bin/sbert-trainer", subcommand, "--help"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


STATUS = [
    (command, path)
    for command in commands("kubectl")
    if TASKS.search(command.line)
    for path in STATUS_PATH.findall(command.line)
]


@pytest.mark.parametrize(("command", "path"), STATUS, ids=[path for _, path in STATUS])
def test_what_is_asked_of_a_status_is_in_one(command: Command, path: str) -> None:
    assert any(has(status_schema(kind.plural), path.split(".")[1:]) for kind in KINDS)


def status_schema(plural: str) -> dict[str, Any]:
    crd = yaml.safe_load((ROOT / "crds" / f"{plural}.yaml").read_text())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    found: dict[str, Any] = schema["properties"]["status"]
    return found


def has(schema: dict[str, Any], path: list[str]) -> bool:
    if not path:
        return True
    below = schema.get("properties", {}).get(path[0])
    return bool(below) and has(below, path[1:])


TASK_BLOCKS = [
    (page, document)
    for page in PAGES
    for block in blocks(page, "yaml")
    for document in yaml.load_all(block, Yaml12Loader)
    if isinstance(document, dict) and ("sbert-operator" in str(document.get("apiVersion")))
]


@pytest.mark.parametrize(
    ("page", "document"), TASK_BLOCKS, ids=[page.name for page, _ in TASK_BLOCKS]
)
def test_a_task_to_paste_is_valid(page: Path, document: dict[str, Any]) -> None:
    kind = next(kind for kind in KINDS if kind.name == document["kind"])
    del document["metadata"]
    kind.model.model_validate(document, extra="forbid")
