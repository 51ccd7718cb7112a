"""SVG drawings: identical bytes for the same input, with text for screen readers, and without scripts.

Own code, not matplotlib: that is 76 MB with numpy, half a second to import, and has no title for each bar.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

__all__ = ["FAINT", "INK", "MUTED", "SHORT", "TIER_COLORS", "Drawing", "lines_of", "number", "text_width"]

INK, MUTED, FAINT, SHORT = "#1d2733", "#5b6775", "#d5dbe2", "#b3261e"
TIER_COLORS = {"P0": "#14406f", "P1": "#3f86c6", "P2": "#a5cbea"}  # distinguishable without color vision
_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
# Advances in parts of the font's size, of the widest of these fonts (DejaVu Sans), rounded up.
_NARROW, _WIDE, _OTHER, _CAPITAL, _BOLD = 0.42, 1.0, 0.64, 0.79, 1.12


@dataclass(slots=True)
class Drawing:
    """An SVG drawing of `width` by `height` units on white, with a title and a description for screen readers."""

    width: float
    height: float
    title: str
    description: str
    _parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, **style: str | float) -> None:
        """Add a rectangle; `style` are SVG attributes, with `_` for `-`, and `tip` for a tooltip."""
        self._element("rect", {"x": x, "y": y, "width": width, "height": height}, style)

    def line(self, x1: float, y1: float, x2: float, y2: float, **style: str | float) -> None:
        """Add a line."""
        self._element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2}, {"stroke": FAINT, **style})

    def path(self, points: list[tuple[float, float]], **style: str | float) -> None:
        """Add a line through points."""
        data = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self._element("path", {"d": data}, {"fill": "none", **style})

    def text(self, x: float, y: float, words: str, size: float = 13, **style: str | float) -> None:
        """Add a line of text with its baseline at `y`."""
        attributes = _attributes({"x": x, "y": y, "font_size": size, "fill": INK, **style})
        self._parts.append(f"<text{attributes}>{escape(words)}</text>")

    def render(self) -> str:
        """Return the SVG file as text."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(self.width)} {number(self.height)}"'
            f' width="{number(self.width)}" height="{number(self.height)}" role="img" aria-labelledby="title desc"'
            f' font-family="{_FONT}">'
        )
        hatch = (
            '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)">'
            f'<rect width="6" height="6" fill="#fbe3e1"/><rect width="2.4" height="6" fill="{SHORT}"/></pattern></defs>'
        )
        about = f'<title id="title">{escape(self.title)}</title><desc id="desc">{escape(self.description)}</desc>'
        ground = f'<rect width="{number(self.width)}" height="{number(self.height)}" fill="#ffffff"/>'
        return "\n".join([head, about, hatch, ground, *self._parts, "</svg>"]) + "\n"

    def _element(self, name: str, geometry: dict[str, str | float], style: dict[str, str | float]) -> None:
        tip = style.pop("tip", None)
        attributes = _attributes(geometry | style)
        inner = f"<title>{escape(str(tip))}</title>" if tip else ""
        self._parts.append(f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>")


def number(value: float) -> str:
    """Format a number for SVG with at most two decimals."""
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)


def text_width(words: str, size: float, *, bold: bool = False) -> float:
    """Return an upper bound for the width of a line of text in units, over all fonts in `_FONT`."""
    total = 0.0
    for letter in words:
        if letter in " .,:;/-'|!()[]fijlrt":
            total += _NARROW
        elif letter in "mwMW%@…" or letter > "\u024f":
            total += _WIDE
        else:
            total += _CAPITAL if letter.isupper() else _OTHER
    return total * size * (_BOLD if bold else 1)


def lines_of(words: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Break text between words into lines of at most `width` units. A wider word gets its own line."""
    lines: list[str] = []
    for word in words.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold=bold) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _attributes(values: dict[str, str | float]) -> str:
    return "".join(
        f" {name.replace('_', '-')}={quoteattr(number(v) if isinstance(v, (int, float)) else str(v))}"
        for name, v in values.items()
    )
