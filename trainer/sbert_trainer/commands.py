"""The trainer's commands, and what their arguments mean."""

import argparse
from importlib.metadata import version

from sbert_trainer.evaluate_command import add_evaluate, evaluate_command
from sbert_trainer.preflight import preflight
from sbert_trainer.train_command import DESCRIPTION, EXAMPLE, add_train_arguments, train_command
from sbert_trainer.validate import add_validate, validate


def run_command() -> int:
    """Run the command that the arguments name; returns the exit code.

    Signals are held back until the command sees to them.
    """
    arguments = _parser().parse_args()
    if arguments.command == "train":
        return train_command(arguments)
    if arguments.command == "evaluate":
        return evaluate_command(arguments)
    return preflight(arguments) if arguments.task else validate(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sbert-trainer", description="Fine-tune sentence-transformers models on triplets."
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {version('sbert-operator')}"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="train and publish the model of a task",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_train_arguments(train)
    add_evaluate(commands)
    add_validate(commands)
    return parser
