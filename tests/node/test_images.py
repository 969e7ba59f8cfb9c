"""The images of our Dockerfiles hold what they need, and no more."""

import json

import pytest

from devcluster.cluster import Cluster
from devcluster.realnode.images import OPERATOR, TRAINER, image_bytes, inspect_image, run_in_image

pytestmark = [pytest.mark.node, pytest.mark.timeout(1200)]
MEGABYTE = 10**6
INSTALLER = ("pip",)
COMPILERS = ("gcc", "cc", "g++", "make", "ld")


@pytest.fixture(autouse=True)
def _built(node: Cluster) -> None:
    """A node has pulled them."""


def inside(image: str, code: str) -> str:
    """What Python code prints in the image's environment."""
    done = run_in_image(image, "/opt/sbert/bin/python", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_operators_image_is_small() -> None:
    assert image_bytes(OPERATOR) <= 250 * MEGABYTE


@pytest.mark.parametrize("image", [OPERATOR, TRAINER])
def test_it_runs_as_nobody_of_the_node(image: str) -> None:
    config = inspect_image(image)["OCIv1"]["config"]
    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert len(config["Labels"]["org.opencontainers.image.revision"]) == 40


@pytest.mark.parametrize("image", [OPERATOR, TRAINER])
def test_nothing_in_it_builds_or_installs(image: str) -> None:
    find = "import importlib.util as u, shutil; print([n for n in {} if {}(n)])"
    assert inside(image, find.format(INSTALLER, "u.find_spec")) == "[]"
    assert inside(image, find.format(COMPILERS, "shutil.which")) == "[]"


def test_only_the_trainers_image_has_torch() -> None:
    find = "import importlib.util as u; print(bool(u.find_spec('torch')))"
    assert (inside(OPERATOR, find), inside(TRAINER, find)) == ("False", "True")


@pytest.mark.parametrize("image", [OPERATOR, TRAINER])
def test_its_bill_of_materials_lists_what_is_installed(image: str) -> None:
    bill = json.loads(inside(image, "print(open('/opt/sbert/sbom.cdx.json').read())"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "sbert-operator"
    listed = {(part["name"], part["version"]) for part in bill["components"]}
    installed = json.loads(
        inside(
            image,
            "import json, importlib.metadata as m;"
            "print(json.dumps([[d.name, d.version] for d in m.distributions()]))",
        )
    )
    ours = "sbert-operator"
    assert {(n, v) for n, v in installed if n != ours} == {p for p in listed if p[0] != ours}
