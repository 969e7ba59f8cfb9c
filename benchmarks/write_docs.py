"""Writes docs/benchmarks.md, and the tables of docs/evaluation.md, from the results, so that no
figure in them is typed by hand."""

import argparse
import sys
from pathlib import Path

from benchmarks.page_handover import handover_lines
from benchmarks.page_losses import losses_tables
from benchmarks.page_node import node_lines
from benchmarks.page_operator import faults_lines, load_lines
from benchmarks.page_rows import with_tables
from benchmarks.page_trainer import demo_lines, trainer_tables
from benchmarks.page_validation import validation_lines
from benchmarks.shared_data import CHECKOUT, RESULTS

PAGE = CHECKOUT / "docs" / "benchmarks.md"
EVALUATION = CHECKOUT / "docs" / "evaluation.md"
_HEAD = """\
# Benchmarks

Written by `make bench-docs` from the JSON files under `benchmarks/results/`, never by hand.

Ours is `sbert-trainer` with its defaults, stock is sentence-transformers' own trainer used as its
documentation shows: all-MiniLM-L6-v2, the same triplets of b_docs, batches, loss, seed, learning
rate and weight decay, on the CPU. A figure is the median, with the smallest and the largest in
brackets. The data lie beside the checkout (`../shared/data`); without them `make bench-trainer`
says so and measures nothing.

On a GPU nothing has been measured yet: there `forwardPass: Auto` goes the stock way.

Asked for, and not reached yet: 3.5 times stock's triplets a second in batches of 16 (in batches
of 32 it is), 75 % of the limit, and 0.6 of stock's time to the first step. What is left of a step
beside its products are dropout, softmax and memory traffic; what is left of the start are the
imports of torch and transformers. Memory (0.6 asked for) and evaluation (1.4) are better than
asked for.
"""


def page(results: Path) -> str:
    """The whole page."""
    lines = [
        *trainer_tables(results / "trainer"),
        *validation_lines(results / "validation.json"),
        *load_lines(results / "operator" / "load.json"),
        *handover_lines(results / "operator" / "handover.json"),
        *faults_lines(results / "operator" / "faults.json"),
        *node_lines(results / "node.json"),
        *demo_lines(results / "demo.json"),
        *losses_tables(results / "losses.json"),
    ]
    return "\n".join([_HEAD, *lines]).rstrip() + "\n"


def wanted() -> dict[Path, str]:
    """Both pages as the results say."""
    evaluation = with_tables(EVALUATION.read_text(), RESULTS / "rows.json")
    return {PAGE: page(RESULTS), EVALUATION: evaluation}


def main() -> int:
    """Write it, or say whether it is what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing: exit 1 if it differs")
    arguments = parser.parse_args()
    different = {path: text for path, text in wanted().items() if path.read_text() != text}
    for path, text in different.items():
        if arguments.check:
            said = f"{path.name} is not what the results say: run `make bench-docs`"
            print(said, file=sys.stderr)
        else:
            path.write_text(text)
    return 1 if arguments.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
