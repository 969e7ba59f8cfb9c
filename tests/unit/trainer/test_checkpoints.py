"""Checkpoints in the work folder: whole, believed only as they were written, few."""

import errno
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from sbert_trainer.checkpoints import Checkpoints
from sbert_trainer.checkpoints_manifest import CheckpointManifest, Origin, read_checkpoint

ORIGIN = Origin(run_key="k", data_digest="d", base_digest="b", versions={"torch": "2"})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def opened(work: Path, origin: Origin = ORIGIN) -> Checkpoints:
    return Checkpoints(work / "checkpoints", origin)


def write(checkpoints: Checkpoints, *steps: int) -> None:
    """Checkpoints with two files each, a best file for every second step and a log for all."""
    log = checkpoints.folder.parent / "log"

    def fill(step: int, folder: Path) -> list[Path]:
        (folder / "weights").write_text(f"weights of {step}")
        (folder / "state.json").write_text(f"{step}")
        best = checkpoints.folder / f"best-{step // 2}"
        best.write_text(f"best {step // 2}")
        with log.open("a") as file:
            file.write(f"line of {step}\n")
        return [best, log]

    for step in steps:
        checkpoints.write(step, lambda folder, step=step: fill(step, folder))  # type: ignore[misc]


def newest(work: Path, origin: Origin = ORIGIN) -> int | None:
    found = opened(work, origin).newest()
    if found:
        assert (found.folder / "weights").read_text() == f"weights of {found.step}"
    return found.step if found else None


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert newest(tmp_path) is None


def test_the_newest_of_two_is_found_and_older_ones_are_gone(tmp_path: Path) -> None:
    write(opened(tmp_path), 2, 4, 9, 10)
    assert newest(tmp_path) == 10
    assert names(tmp_path / "checkpoints") == ["best-4", "best-5", "step-10", "step-9"]


def test_the_one_that_is_taken_up_stays_until_there_are_two_newer_ones(tmp_path: Path) -> None:
    write(opened(tmp_path), 4, 6)
    checkpoints = opened(tmp_path)
    assert checkpoints.newest()
    write(checkpoints, 8)
    assert names(tmp_path / "checkpoints") == ["best-3", "best-4", "step-6", "step-8"]
    write(checkpoints, 9)
    assert names(tmp_path / "checkpoints") == ["best-4", "step-8", "step-9"]


def test_a_half_written_one_is_removed_at_the_next_start(tmp_path: Path) -> None:
    write(opened(tmp_path), 4)
    half = tmp_path / "checkpoints" / ".step-6.new"
    half.mkdir()
    (half / "weights").write_text("half")
    (tmp_path / "checkpoints" / ".best-3.new").write_text("half")
    assert newest(tmp_path) == 4
    assert names(tmp_path / "checkpoints") == ["best-2", "step-4"]


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


IN_IT = ["step-6/weights", "step-6/state.json", "step-6/MANIFEST.json"]
DAMAGES = [Path.unlink, flip_a_bit, truncate, empty]


@pytest.mark.parametrize(
    ("name", "damage"),
    [*product([*IN_IT, "best-3"], DAMAGES), *product(IN_IT, [make_folder])],
)
def test_a_damaged_one_is_put_aside_and_the_one_before_is_taken(
    tmp_path: Path, name: str, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    write(opened(tmp_path), 4, 6)
    damage(tmp_path / "checkpoints" / name)
    assert newest(tmp_path) == 4
    assert "step-6" not in names(tmp_path / "checkpoints")
    assert ".bad-step-6" in names(tmp_path / "checkpoints")
    said = capsys.readouterr().err
    assert said.startswith("the checkpoint of step 6 is not used: ")
    assert Path(name).name in said or name.endswith("MANIFEST.json")

    write(opened(tmp_path), 6)
    assert newest(tmp_path) == 6
    assert ".bad-step-6" in names(tmp_path / "checkpoints"), "it can be looked at later"


def test_a_flipped_bit_in_any_byte_of_the_manifest_is_noticed(tmp_path: Path) -> None:
    write(opened(tmp_path), 6)
    folder = tmp_path / "checkpoints" / "step-6"
    good = (folder / "MANIFEST.json").read_bytes()
    believed = []
    for place, byte in enumerate(good):
        bad = bytes([*good[:place], byte ^ (1 << place % 8), *good[place + 1 :]])
        (folder / "MANIFEST.json").write_bytes(bad)
        if isinstance(read_checkpoint(folder, tmp_path, ORIGIN), CheckpointManifest):
            believed.append(bad)
    assert believed == []


def exchange(checkpoints: Path) -> None:
    shutil.copy(checkpoints / "step-4" / "weights", checkpoints / "step-6" / "weights")


def add(checkpoints: Path) -> None:
    (checkpoints / "step-6" / "more").write_text("more")


def rename(checkpoints: Path) -> None:
    (checkpoints / "step-6").rename(checkpoints / "step-7")


def shorten_log(checkpoints: Path) -> None:
    log = checkpoints.parent / "log"
    log.write_text(log.read_text().removesuffix("line of 6\n"))


@pytest.mark.parametrize("damage", [exchange, add, rename, shorten_log])
def test_files_of_another_checkpoint_are_noticed(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    write(opened(tmp_path), 4, 6)
    damage(tmp_path / "checkpoints")
    assert newest(tmp_path) == 4


def test_a_file_that_has_grown_is_good(tmp_path: Path) -> None:
    write(opened(tmp_path), 4)
    with (tmp_path / "log").open("a") as log:
        log.write("line of 5\n")
    assert newest(tmp_path) == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run_key": "x"}, "of another run"),
        ({"data_digest": "x"}, "made from other data"),
        ({"base_digest": "x"}, "made from another base model"),
        ({"versions": {"torch": "3"}}, "made by other versions of the trainer or its libraries"),
    ],
)
def test_that_of_another_training_is_left_alone_until_there_is_a_new_one(
    tmp_path: Path,
    change: dict[str, object],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(opened(tmp_path), 6)
    other = ORIGIN.model_copy(update=change)
    assert newest(tmp_path, other) is None
    assert f"the checkpoint of step 6 is not used: {words}\n" in capsys.readouterr().err
    assert newest(tmp_path) == 6, "its own training can still take it up"

    write(opened(tmp_path, other), 6)
    assert newest(tmp_path, other) == 6
    assert newest(tmp_path) is None
    assert names(tmp_path / "checkpoints") == ["best-3", "step-6"]


def test_a_full_disk_leaves_the_one_before_and_no_rubbish(tmp_path: Path) -> None:
    checkpoints = opened(tmp_path)
    write(checkpoints, 4)

    def fill(folder: Path) -> list[Path]:
        (folder / "weights").write_text("half")
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(OSError, match="no space"):
        checkpoints.write(6, fill)
    assert names(tmp_path / "checkpoints") == ["best-2", "step-4"]
    assert newest(tmp_path) == 4


def test_a_volume_that_fails_is_not_taken_for_a_damaged_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(opened(tmp_path), 4)

    def fail(path: Path) -> bytes:
        raise OSError(errno.EIO, "input/output error", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        with pytest.raises(OSError, match="input/output error"):
            newest(tmp_path)
    assert newest(tmp_path) == 4


def test_a_manifest_cannot_name_files_outside_of_the_work_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    work = tmp_path / "work"
    work.mkdir()
    write(opened(work), 4)
    manifest = work / "checkpoints" / "step-4" / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace('"log"', '"../outside"'))
    assert newest(work) is None
