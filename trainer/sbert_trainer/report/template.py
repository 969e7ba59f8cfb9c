"""The templates of the reports, with what they are filled in by. Whatever is put in is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sbert_trainer.metric_words import number, signed
from sbert_trainer.texts import shown


def template(name: str) -> Template:
    """The template of this name."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": shown,
        "duration": _duration,
        "number": number,
        "signed": signed,
        "thousands": "{:,}".format,
    }
    return environment.get_template(name)


def _duration(seconds: float) -> str:
    """Hours and minutes, minutes and seconds, or seconds."""
    whole = round(seconds)
    minutes, seconds_left = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {seconds_left} s" if minutes else f"{seconds:.1f} s"
