"""Small facts of the node: quantities, memory, addresses, images."""

from __future__ import annotations

import ipaddress
import os
import shutil
import uuid
from pathlib import Path

import pytest

from devcluster.processnode.host import pod_address
from devcluster.processnode.images import (
    CHECKOUT,
    DEFAULT_FILE,
    UnknownImageError,
    image_for,
    load_images,
)
from devcluster.processnode.memory import bytes_of, resident
from devcluster.processnode.node import capacity
from devcluster.processnode.volumes import contents


@pytest.mark.parametrize(
    ("quantity", "number"),
    [("100Mi", 100 * 2**20), ("1.5G", 1.5e9), ("2Ti", 2 * 2**40), ("4096", 4096), ("3k", 3000)],
)
def test_quantity_in_bytes(quantity: str, number: float) -> None:
    assert bytes_of(quantity) == number


def test_memory_of_a_process_is_seen_and_of_none_is_nothing() -> None:
    assert resident(os.getpid()) > 2**20
    assert resident(None) == 0


def test_pods_get_loopback_addresses_of_their_own() -> None:
    addresses = {pod_address(str(uuid.UUID(int=i))) for i in range(1000)}
    assert len(addresses) > 995
    allowed = ipaddress.ip_network("127.64.0.0/10")
    assert all(ipaddress.ip_address(address) in allowed for address in addresses)
    assert pod_address("same") == pod_address("same")


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("sbert-operator:dev", "sbert_operator"),
        ("ghcr.io/someone/sbert-operator:v1", "sbert_operator"),
        ("sbert-trainer:dev", "sbert_trainer"),
    ],
)
def test_image_of_the_project_is_this_checkout(name: str, module: str) -> None:
    image = image_for(name, load_images(DEFAULT_FILE))
    assert image.entrypoint[1:] == ["-m", module]
    assert Path(image.entrypoint[0]).exists()
    assert f"{CHECKOUT}/api" in image.shown
    assert str(CHECKOUT) not in image.shown


def test_the_operators_image_has_the_command_of_the_preflight() -> None:
    image = image_for("sbert-operator:dev", load_images(DEFAULT_FILE))
    found = shutil.which("sbert-trainer", path=image.env["PATH"])
    assert found is not None
    assert any(Path(found).is_relative_to(folder) for folder in image.shown)


def test_unknown_image_names_the_known_ones() -> None:
    with pytest.raises(UnknownImageError, match=r'"nginx" on this node; known: .*sbert-operator'):
        image_for("nginx", load_images(DEFAULT_FILE))


def test_gpus_are_offered_as_asked() -> None:
    assert "nvidia.com/gpu" not in capacity(0)
    assert capacity(2)["nvidia.com/gpu"] == "2"


def test_keys_of_a_secret_are_decoded_and_of_a_config_map_are_text() -> None:
    assert contents({"kind": "Secret", "data": {"a": "QQ=="}}) == {"a": b"A"}
    config = {"kind": "ConfigMap", "data": {"a": "A"}, "binaryData": {"b": "QQ=="}}
    assert contents(config) == {"a": b"A", "b": b"A"}
