"""Writes what is generated from the contract: `python -m sbert_api.generate`, or `--check`."""

import argparse
import sys
from pathlib import Path

from sbert_api import crd, field_reference, reference
from sbert_api.kinds import KINDS

ROOT = Path(__file__).parents[2]


def generated_files(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file of a checkout, and what must be in it."""
    files = {
        root / "docs/reasons.md": reference.reasons_page(),
        root / "docs/api.md": field_reference.api_page(),
    }
    for kind in KINDS:
        manifest = crd.build_crd(kind)
        name = f"{kind.plural}.yaml"
        files[root / "crds" / name] = crd.HEADER + crd.as_yaml(manifest)
        template = root / "charts/sbert-operator/templates/crds" / name
        files[template] = crd.chart_template(manifest)
    return files


def stale_files(root: Path = ROOT) -> list[Path]:
    """The generated files that differ from what the contract says now."""
    return [
        path
        for path, text in generated_files(root).items()
        if not path.exists() or path.read_text() != text
    ]


def check() -> int:
    """Say which files are stale. Returns the exit code."""
    stale = [str(path.relative_to(ROOT)) for path in stale_files()]
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run `make generate`\n")
    return int(bool(stale))


def main() -> int:
    """Write the generated files, or with --check say which are stale (exit code 1)."""
    parser = argparse.ArgumentParser(prog="python -m sbert_api.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if stale")
    if parser.parse_args().check:
        return check()
    for path, text in generated_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
