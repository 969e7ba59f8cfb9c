"""A chart as inline SVG: colours by name, so that a page can be light or dark; nothing random.

What matplotlib writes is a file of its own, with fixed colours and fonts, a date and ids that are
the same in every chart.
"""

import io
import re
from xml.etree import ElementTree

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_COLOURS = ("ink", "muted", "line", "base", "trained", "second", "third", "positive", "negative")
COLOURS = {name: f"#fe{number:02x}fe" for number, name in enumerate(_COLOURS)}
"""Names of the page's colours, and what stands for them while a chart is drawn."""

_VARIABLES = {code: f"var(--{name})" for name, code in COLOURS.items()}
_NAMESPACE = re.compile(r"\{[^}]*\}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT_FAMILY = re.compile(r"font-family: [^;]*;? ?")


def as_inline_svg(figure: Figure, name: str, description: str) -> str:
    """The chart; `name` is a prefix for its ids, `description` is read to whoever cannot see it."""
    written = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(written, metadata={"Date": None})  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(written.getvalue())  # noqa: S314 - written three lines above
    for element in root.iter():
        _make_local(element, name)
    for child in list(root):
        if child.tag == "metadata" or child.find("style") is not None:
            root.remove(child)
    shape = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": description}
    root.attrib.clear()
    root.attrib.update(shape)
    return ElementTree.tostring(root, encoding="unicode")


def _make_local(element: ElementTree.Element, prefix: str) -> None:
    """HTML needs no namespaces; ids must differ from those of other charts."""
    element.tag = _NAMESPACE.sub("", element.tag)
    attributes = {_NAMESPACE.sub("", key): value for key, value in element.attrib.items()}
    if "id" in attributes:
        attributes["id"] = f"{prefix}-{attributes['id']}"
    if attributes.get("href", "").startswith("#"):
        attributes["href"] = f"#{prefix}-{attributes['href'][1:]}"
    for key, value in attributes.items():
        attributes[key] = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
    if "style" in attributes:
        attributes["style"] = _styled(attributes["style"])
    element.attrib.clear()
    element.attrib.update(attributes)


def _styled(style: str) -> str:
    """Colours and font become the page's."""
    for code, variable in _VARIABLES.items():
        style = style.replace(code, variable)
    return _FONT_FAMILY.sub("", style)
