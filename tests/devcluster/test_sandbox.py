"""The sandbox's command line: what is mounted, and in which order."""

from __future__ import annotations

import itertools
from pathlib import Path

from devcluster.processnode.images import Image
from devcluster.processnode.sandbox import Mount, Plan, bwrap_command


def a_plan(mounts: list[Mount], shown: list[str], *, read_only_root: bool = True) -> Plan:
    return Plan(
        command=["python", "-V"],
        env={"A": "1"},
        mounts=mounts,
        image=Image(shown=shown),
        hostname="h" * 100,
        user=4321,
        workdir="/w",
        read_only_root=read_only_root,
        termination_path="/dev/termination-log",
    )


def mounted(words: list[str]) -> list[tuple[str, str]]:
    """Return (kind, target) of each mount in order."""
    triples = zip(words, words[1:], words[2:], strict=False)
    return [(kind, target) for kind, _, target in triples if kind in ("--bind", "--ro-bind")]


def test_volume_at_tmp_does_not_hide_a_checkout_below_it() -> None:
    plan = a_plan([Mount(Path("/state/tmp"), "/tmp")], ["/tmp/checkout/api"])
    found = mounted(bwrap_command("bwrap", plan, Path("/t")))
    assert found.index(("--bind", "/tmp")) < found.index(("--ro-bind", "/tmp/checkout/api"))


def test_inner_volume_is_mounted_after_the_outer_one() -> None:
    inner, outer = Mount(Path("/b"), "/data/in", read_only=True), Mount(Path("/a"), "/data")
    found = mounted(bwrap_command("bwrap", a_plan([inner, outer], []), Path("/t")))
    assert found.index(("--bind", "/data")) < found.index(("--ro-bind", "/data/in"))


def test_root_is_made_read_only_after_all_mounts() -> None:
    words = bwrap_command("bwrap", a_plan([Mount(Path("/a"), "/data")], []), Path("/t"))
    assert words.index("--remount-ro") > words.index("/data")
    writable = a_plan([], [], read_only_root=False)
    assert "--remount-ro" not in bwrap_command("bwrap", writable, Path("/t"))


def test_container_gets_its_own_environment_user_and_command() -> None:
    words = bwrap_command("bwrap", a_plan([], []), Path("/t"))
    pairs = list(itertools.pairwise(words))
    assert ("--uid", "4321") in pairs
    assert ("--hostname", "h" * 63) in pairs
    assert ("--chdir", "/w") in pairs
    assert words[-6:] == ["--setenv", "A", "1", "--", "python", "-V"]
    assert "--clearenv" in words
