"""The wheel that the images install holds what the code reads at run time."""

import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGES = {"sbert_api": "api", "sbert_operator": "operator", "sbert_trainer": "trainer"}


def test_templates_and_every_other_file_of_the_packages_are_in_the_wheel(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    expected = {
        str(path.relative_to(ROOT / folder))
        for package, folder in PACKAGES.items()
        for path in (ROOT / folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "sbert_trainer/report/report.html.jinja" in expected
    assert expected <= packed, expected - packed
