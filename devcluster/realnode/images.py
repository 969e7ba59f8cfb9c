"""Builds the images of our Dockerfiles with buildah, and brings them into the node's registry.

The base image stands for the public Python image: it is made from Debian's packages, for no
registry may be in reach. A build takes the package index that pip is set up for on this machine.
Each layer is kept and moved once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from ..errors import DevClusterError
from ..locking import locked
from ..paths import CHECKOUT, DEVCLUSTER, cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REGISTRY = "localhost:5000"
"""As the node's containerd sees it."""
PYTHON = "localhost/python:bookworm"
OPERATOR, TRAINER, PAUSE = "sbert-operator", "sbert-trainer", "pause"
TAG = "dev"
"""Of what was built last."""
_CONF = DEVCLUSTER / "realnode" / "conf"
_DISTRIBUTION = "bookworm"
_CERTIFICATES = "/etc/ssl/certs"
_NEEDLESS = (
    "var/cache/apt",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
)


def images_folder() -> Path:
    """Return the cache's folder for images: buildah's storage and the registry's."""
    return cache() / "node"


def build_images(report: Callable[[str], None]) -> None:
    """Build all images. Raises DevClusterError with the last words of a failed build."""
    with locked(cache() / "node-images.lock"):
        report("base image from Debian's packages (usually 2 min the first time)")
        _build_base()
        report(f"{OPERATOR} from Dockerfile.operator (usually 1 min the first time)")
        _build(OPERATOR, "Dockerfile.operator")
        report(f"{TRAINER} from Dockerfile.trainer (usually 5 min the first time)")
        _build(TRAINER, "Dockerfile.trainer")
        _build(PAUSE, str(_CONF / "pause.Dockerfile"))


def _build_base() -> None:
    context = images_folder() / "base"
    archive = context / "rootfs.tar"
    if not archive.exists():
        context.mkdir(parents=True, exist_ok=True)
        root = context / "rootfs"
        shutil.rmtree(root, ignore_errors=True)
        wanted = "--include=python3,python3-venv"
        _run("debootstrap", "--variant=minbase", wanted, _DISTRIBUTION, str(root))
        _run("chroot", str(root), "python3", "-m", "venv", "/usr/local/python")
        for name in _NEEDLESS:
            shutil.rmtree(root / name, ignore_errors=True)
        part = context / "rootfs.part"
        left_out = ["--exclude=./dev/*", "--exclude=*.pyc"]  # as in the public image
        _run("tar", "-C", str(root), "--numeric-owner", *left_out, "-cf", str(part), ".")
        shutil.rmtree(root)
        part.rename(archive)
    file = str(_CONF / "python.Dockerfile")
    _buildah("build", "--layers", "--tag", PYTHON, "--file", file, str(context))


def _build(name: str, dockerfile: str) -> None:
    place = [
        "--volume",
        f"{_CERTIFICATES}:{_CERTIFICATES}:ro",
        "--volume",
        f"{_pip()}:/etc/pip.conf:ro",
    ]
    arguments = ["--build-arg", f"PYTHON_IMAGE={PYTHON}", "--build-arg", f"REVISION={_revision()}"]
    options = ["--isolation", "chroot", "--pull-never", "--layers", "--format", "docker"]
    tag = f"{REGISTRY}/{name}:{TAG}"
    words = [*options, *place, *arguments, "--tag", tag, "--file", dockerfile]
    _buildah("build", *words, str(CHECKOUT))


def _pip() -> Path:
    """Write what the environment says to pip into a file that a build can have."""
    known = {"index-url": "PIP_INDEX_URL", "cert": "PIP_CERT", "timeout": "PIP_DEFAULT_TIMEOUT"}
    lines = [f"{key} = {os.environ[name]}" for key, name in known.items() if os.environ.get(name)]
    file = images_folder() / "pip.conf"
    file.write_text("\n".join(["[global]", *lines, ""]))
    return file


def _revision() -> str:
    words = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def image_tag(name: str) -> str:
    """Return the first digits of an image's id: a node that keeps images pulls each new one."""
    words = ("images", "--quiet", "--no-trunc", f"{REGISTRY}/{name}:{TAG}")
    return _buildah(*words).strip().removeprefix("sha256:")[:12]


def push_image(name: str, registry: str, tag: str) -> None:
    """Bring an image into the registry; a layer that it has stays where it is."""
    place = ["--tls-verify=false", "--disable-compression", f"{REGISTRY}/{name}:{TAG}"]
    policy = images_folder() / "policy.json"
    policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
    _buildah("push", "--signature-policy", str(policy), *place, f"docker://{registry}/{name}:{tag}")


def inspect_image(name: str) -> dict[str, Any]:
    """Return what buildah knows of an image: its configuration and its layers."""
    words = ["inspect", "--type", "image", f"{REGISTRY}/{name}:{TAG}"]
    found: dict[str, Any] = json.loads(_buildah(*words))
    return found


def run_in_image(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a container that is made from the image, and removed again."""
    container = _buildah("from", "--pull-never", f"{REGISTRY}/{name}:{TAG}").strip()
    try:
        command = [*_storage(), "run", "--isolation", "chroot", container, "--", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        _buildah("rm", container)


def _storage() -> list[str]:
    folder = images_folder() / "buildah"
    storage = ["--root", str(folder / "root"), "--runroot", str(folder / "run")]
    return ["buildah", *storage, "--storage-driver", "overlay"]


def _buildah(*words: str) -> str:
    return _run(*_storage(), *words)


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).splitlines()[-8:])
        raise DevClusterError(f"`{' '.join(words)}` failed:\n{last}")
    return done.stdout


def image_bytes(name: str) -> float:
    """Return the size of an image's layers, unpacked, as buildah rounds it."""
    found: list[dict[str, str]] = json.loads(
        _buildah("images", "--json", f"{REGISTRY}/{name}:{TAG}")
    )
    number, unit = found[0]["size"].split()
    return float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
