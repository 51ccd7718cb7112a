"""Draw the picture in docs/architecture.md: the packages as rooms on floors, by the imports of the code."""

from __future__ import annotations

import ast
from html import escape
from typing import TYPE_CHECKING

from dev.layout import PACKAGES
from dev.process import ROOT
from dev.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["figures", "house", "page", "picture", "write_architecture"]

FIGURES = ("<!-- figures -->", "<!-- end of figures -->")  # what is between them in the page is generated
BOX, GAP, HIGH, FLOOR, LEFT = 168, 14, 46, 86, 50  # pixels
SIDES = (5, 3)  # the compiler's rooms stand left, the generator's right: the most of each on one floor
WIDTH = LEFT + sum(SIDES) * (BOX + GAP) + 2 * GAP
FONT = 'font-family="Helvetica, Arial, sans-serif"'
LETTERS = 27  # of a subtitle's line


def house() -> Shape:
    """Read the import graph of the two packages of this checkout."""
    return Shape.read(ROOT, PACKAGES)


def figures(shape: Shape) -> str:
    """Return the numbers of rooms, floors, arrows and circles as one line of Markdown."""
    circles, floors = len(shape.room_circles) + len(shape.module_circles), max(shape.floors.values())
    return (
        f"{len(shape.room_names)} rooms on {floors} floors, {shape.arrows} arrows, {circles} circles,"
        f" {len(shape.loose)} loose modules"
    )


def page(text: str, shape: Shape) -> str:
    """Return the text of docs/architecture.md with the current figures between its marks."""
    start, end = FIGURES
    head, _, tail = text.partition(start)
    return f"{head}{start}\n{figures(shape)}.\n{end}{tail.partition(end)[2]}"


def write_architecture(folder: Path) -> list[Path]:
    """Write the picture and the figures of the page; return the paths of both files."""
    shape, path, image = house(), folder / "architecture.md", folder / "images" / "architecture.svg"
    path.write_text(page(path.read_text(), shape))
    image.write_text(picture(shape))
    return [path, image]


def picture(shape: Shape) -> str:
    """Return the picture as SVG: a row for each floor, and a line from each room to the rooms that it imports."""
    floors = {room: level for room, level in shape.floors.items() if "." in room}  # not the packages themselves
    rows = {level: sorted(room for room, own in floors.items() if own == level) for level in set(floors.values())}
    top = max(rows)
    boxes = {room: place for level, row in rows.items() for room, place in arranged(row, (top - level) * FLOOR + 20)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top * FLOOR + 10}" {FONT}>',
        f'<rect width="{WIDTH}" height="{top * FLOOR + 10}" fill="#ffffff"/>',
    ]
    for level in rows:
        y = (top - level) * FLOOR + 20
        parts.append(f'<text x="14" y="{y + HIGH / 2 + 5}" font-size="15" fill="#8a8a8a">{level}</text>')
    for room in sorted(boxes):
        parts += (line(boxes[room], boxes[other]) for other in sorted(direct(shape.rooms, room)))
    for room, place in sorted(boxes.items()):
        parts += box(room, place)
    return "\n".join([*parts, "</svg>", ""])


def arranged(row: list[str], y: int) -> Iterator[tuple[str, tuple[float, int]]]:
    """Yield the place of each room of a floor. The rooms of each package are centered in one half."""
    left = LEFT
    for package, most in zip(PACKAGES, SIDES, strict=True):
        own = [room for room in row if room.partition(".")[0] == package]
        start = left + (most - len(own)) * (BOX + GAP) / 2
        for number, room in enumerate(own):
            yield room, (start + number * (BOX + GAP), y)
        left += most * (BOX + GAP) + 2 * GAP


def direct(rooms: Mapping[str, set[str]], room: str) -> set[str]:
    """Return the rooms that a room imports, without those that it also reaches through another one."""
    reached = {other: below(rooms, other) for other in rooms[room]}
    return {other for other in rooms[room] if not any(other in far for near, far in reached.items() if near != other)}


def below(rooms: Mapping[str, set[str]], room: str) -> set[str]:
    """Return every room that a room imports, directly or through others."""
    reached: set[str] = set()
    todo = list(rooms[room])
    while todo:
        other = todo.pop()
        if other not in reached:
            reached.add(other)
            todo += rooms[other]
    return reached


def line(start: tuple[float, int], end: tuple[float, int]) -> str:
    """Draw one import, from the bottom of the upper room to the top of the lower one."""
    (x1, y1), (x2, y2) = start, end
    x1, x2, y1 = x1 + BOX / 2, x2 + BOX / 2, y1 + HIGH
    bend = min(40, (y2 - y1) / 2)
    path = f"M{x1:g},{y1} C{x1:g},{y1 + bend:g} {x2:g},{y2 - bend:g} {x2:g},{y2}"
    return f'<path d="{path}" fill="none" stroke="#b9c3cf" stroke-width="1.3"/>'


def box(room: str, place: tuple[float, int]) -> Iterator[str]:
    """Draw one room: its name, and the first words of its docstring."""
    x, y = place
    package, _, name = room.partition(".")
    fill, edge = ("#eef4fb", "#4a7ab5") if package == next(iter(PACKAGES)) else ("#fdf3e4", "#c78a2c")
    yield f'<rect x="{x:g}" y="{y}" width="{BOX}" height="{HIGH}" rx="6" fill="{fill}" stroke="{edge}"/>'
    yield centered(x, y + 17, name, 'font-size="13" font-weight="bold"')
    for number, text in enumerate(wrapped(summary(room))):
        yield centered(x, y + 30 + number * 11, text, 'font-size="9.5" fill="#444444"')


def centered(x: float, y: int, text: str, style: str) -> str:
    """Draw a line of text in the middle of the box that begins at `x`."""
    return f'<text x="{x + BOX / 2:g}" y="{y}" {style} text-anchor="middle">{escape(text)}</text>'


def summary(room: str) -> str:
    """Return the first words of a room's docstring, up to a colon or the end of the sentence."""
    package, _, name = room.partition(".")
    folder = ROOT / PACKAGES[package] / name
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].replace("\n", " ")
    return min((text.split(mark)[0] for mark in (". ", ": ", ", ")), key=len).rstrip(".").replace("`", "")


def wrapped(text: str) -> list[str]:
    """Return a text broken into at most two lines."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= LETTERS and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:2]
