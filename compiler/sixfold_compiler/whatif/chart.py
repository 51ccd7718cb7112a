"""The chart of a scenario: for each cluster a bar before and a bar after, stacked by tier, against its capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.whatif.losses import broken_apps
from sixfold_compiler.whatif.svg import FAINT, INK, MUTED, SHORT, TIER_COLORS, Drawing, lines_of, text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.whatif.outcome import ClusterLoad, Outcome

__all__ = ["draw_chart"]

BAR, TOP = 560, 132
LEAST, LEFT, MARGIN = 1000, 150, 24  # the chart's width and its left column, where names are short; its border
ROW, THICK, CENTER = 56, 18, 30  # a cluster's rows, a bar, and the heading of a data center
MOST = 3  # times the capacity: beyond it a bar is cut off
_UNITS: dict[str, tuple[str, Callable[[float], str]]] = {
    "cpu": ("CPU", lambda v: f"{v / 1000:,.0f} cores"),
    "memory": ("memory", lambda v: f"{v / 2**40:,.1f} TiB" if v >= 2**40 else f"{v / 2**30:,.0f} GiB"),
    "pods": ("pods", lambda v: f"{v:,.0f} pods"),
}


@dataclass(frozen=True, slots=True)
class _Frame:
    """The scale of the bars: the resource, the x position of their left end, and the length of a full capacity."""

    resource: str
    left: float
    scale: float

    @property
    def end(self) -> float:
        """The x position of the right end of the longest bar."""
        return self.left + BAR

    def text(self, value: float) -> str:
        """Return an amount of the resource as text with its unit."""
        return _UNITS[self.resource][1](value)

    def length(self, load: ClusterLoad, value: float) -> float:
        """Return the length of the bar for an amount, in proportion to the capacity of its cluster."""
        return value / (getattr(load.capacity, self.resource) or 1) * self.scale


def draw_chart(outcome: Outcome) -> str:
    """Draw the scarcest resource of all data centers that change (all, if none changes), and return the SVG text."""
    loads = _shown(outcome)
    tops = {r: max((_asked(c, r) / (getattr(c.capacity, r) or 1) for c in loads.values()), default=0) for r in _UNITS}
    resource = max(tops, key=lambda r: tops[r])
    top = min(max(1.0, tops[resource]) * 1.02, MOST)
    names = max((text_width(t.cluster, 13, bold=True) for t in loads), default=0)
    frame = _Frame(resource, max(float(LEFT), MARGIN + names + 62), BAR / top)
    labels = [text_width(_label(frame, load, word)[0], 12) for load in loads.values() for word in ("before", "after")]
    title, sentence = _title(outcome), f"{_UNITS[resource][0]} asked of each cluster, against its capacity; "
    sentence += _sentence(outcome)
    longest = max(text_width(word, 20, bold=True) for word in (*title.split(), *sentence.split()))
    width = max(LEAST, frame.end + 16 + max(labels, default=0) + MARGIN / 2, longest + 2 * MARGIN)
    titles = lines_of(title, 20, width - 2 * MARGIN, bold=True)
    sentences = lines_of(sentence, 13, width - 2 * MARGIN)
    down = 26 * (len(titles) - 1) + 18 * (len(sentences) - 1)
    cells = list(dict.fromkeys(t.cell for t in loads))
    height = TOP + down + len(cells) * CENTER + len(loads) * ROW + 24
    drawing = Drawing(width, height, title, _description(loads, resource))
    for index, line in enumerate(titles):
        drawing.text(MARGIN, 38 + 26 * index, line, 20, font_weight=600)
    for index, line in enumerate(sentences):
        drawing.text(MARGIN, 62 + 26 * (len(titles) - 1) + 18 * index, line, fill=MUTED)
    _legend(drawing, 80 + down)
    y, cell = float(TOP + down), None
    bottom = height - 24
    for tick in range(int(top * 4) + 1):
        x = frame.left + tick / 4 * frame.scale
        drawing.line(x, y - 6, x, bottom, stroke=INK if tick == 4 else FAINT, stroke_width=1.5 if tick == 4 else 1)
        drawing.text(x, y - 12, f"{tick * 25} %", 11, fill=INK if tick == 4 else MUTED, text_anchor="middle")
    for target, load in loads.items():
        if target.cell != cell:
            cell = target.cell
            drawing.text(MARGIN, y + 20, str(cell), 14, font_weight=600)
            y += CENTER
        _cluster(drawing, y, target.cluster, load, frame)
        y += ROW
    return drawing.render()


def _cluster(drawing: Drawing, y: float, name: str, load: ClusterLoad, frame: _Frame) -> None:
    left, has = frame.left, getattr(load.capacity, frame.resource)
    drawing.text(left - 62, y + 25, name, text_anchor="end", font_weight=600)
    for index, (word, amounts) in enumerate((("before", load.before), ("after", load.after))):
        at = y + index * (THICK + 4)
        drawing.text(left - 8, at + 13, word, 11, fill=MUTED, text_anchor="end")
        if word == "after" and load.lost:
            tip = f"{name} is lost"
            drawing.rect(left, at, frame.scale, THICK, fill="none", stroke=SHORT, stroke_dasharray="4 3", tip=tip)
            drawing.text(left + 10, at + 13, "lost", 12, fill=SHORT, font_weight=600)
            continue
        drawing.rect(left, at, frame.scale, THICK, fill="#f3f5f7")
        x = left
        for tier in sorted(amounts):
            value = getattr(amounts[tier], frame.resource)
            width = min(frame.length(load, value), frame.end - x)
            drawing.rect(x, at, width, THICK, fill=TIER_COLORS[tier], tip=f"{name} {word}: {tier} {frame.text(value)}")
            x += width
        for value, fill, stroke, text in _missing(load, frame) if word == "after" else ():
            width = min(frame.length(load, value), frame.end - x)
            if width > 0:
                tip = f"{name}: {text} {frame.text(value)}"
                drawing.rect(x, at + 0.5, width, THICK - 1, fill=fill, stroke=stroke, tip=tip)
                x += width
        label, color = _label(frame, load, word)
        drawing.text(frame.end + 16, at + 13, label, 12, fill=color)
    if (kept := getattr(load.room, frame.resource)) < has:
        room = left + frame.length(load, kept)
        drawing.line(room, y - 2, room, y + 2 * THICK + 6, stroke=MUTED, stroke_width=1.5, stroke_dasharray="3 2")


def _missing(load: ClusterLoad, frame: _Frame) -> tuple[tuple[float, str, str, str], ...]:
    """Return the load that does not run, as parts of the bar with an amount, fill, stroke and label."""
    short, over = (getattr(a, frame.resource) for a in (_unmet(load), load.total("over")))
    return (
        (short, "url(#hatch)", SHORT, "no room for"),
        (over, "#ffffff", MUTED, "over maximum or quota:"),
    )


def _label(frame: _Frame, load: ClusterLoad, word: str) -> tuple[str, str]:
    """Return the label beside a bar, and the color of the label."""
    runs, has, short = (getattr(a, frame.resource) for a in (load.total(word), load.capacity, _unmet(load)))
    label = f"{frame.text(runs)} of {frame.text(has)}"
    return (f"{label}, {frame.text(short)} short", SHORT) if short and word == "after" else (label, INK)


def _legend(drawing: Drawing, y: float) -> None:
    x = float(MARGIN)
    for fill, stroke, words in (
        *((color, "none", tier) for tier, color in TIER_COLORS.items()),
        ("url(#hatch)", SHORT, "no room: preempted or pending"),
        ("#ffffff", MUTED, "over an autoscaler's maximum or a quota"),
    ):
        drawing.rect(x, y, 14, 14, fill=fill, stroke=stroke)
        drawing.text(x + 20, y + 12, words, 12)
        x += 40 + 6.4 * len(words)
    drawing.line(x, y, x, y + 14, stroke=MUTED, stroke_width=1.5, stroke_dasharray="3 2")
    drawing.text(x + 8, y + 12, "headroom that placement keeps", 12)


def _title(outcome: Outcome) -> str:
    scenario = outcome.scenario
    lost = sorted(map(str, scenario.lost))
    words = "Without " + ", ".join(lost[:3]) if lost else "All clusters"
    if len(lost) > 3:
        words += f" and {len(lost) - 3} more"
    if scenario.load != 1:
        words += f", {float(scenario.load):g} times the load"
    teams = [f"{team} times {float(factor):g}" for team, factor in sorted(scenario.teams.items())]
    words = ", ".join([words, *teams[:2]])
    return f"{words} and {len(teams) - 2} more" if len(teams) > 2 else words


def _sentence(outcome: Outcome) -> str:
    keys = list(dict.fromkeys(f"{b.team}/{b.app}" for b in broken_apps(outcome)))
    if not keys:
        return "every P0 is carried whole."
    others = f" and {len(keys) - 2} more" if len(keys) > 2 else ""
    return f"P0 not carried whole: {', '.join(keys[:2])}{others}."


def _description(loads: Mapping[Target, ClusterLoad], resource: str) -> str:
    word, unit = _UNITS[resource]
    parts = []
    for target, load in loads.items():
        before, after = (getattr(load.total(w), resource) for w in ("before", "after"))
        state = "lost" if load.lost else f"{unit(after)} after"
        short = getattr(_unmet(load), resource)
        tail = f", no room for {unit(short)}" if short else ""
        parts.append(f"{target}: {unit(before)} before, {state}, of {unit(getattr(load.capacity, resource))}{tail}.")
    return f"{word} by cluster. " + " ".join(parts)


def _asked(load: ClusterLoad, resource: str) -> float:
    after = getattr(load.total("after") + _unmet(load) + load.total("over"), resource)
    return float(max(after, getattr(load.total("before"), resource)))


def _unmet(load: ClusterLoad) -> Resources:
    return load.total("preempted") + load.total("pending")


def _shown(outcome: Outcome) -> dict[Target, ClusterLoad]:
    """Return the clusters of the data centers that change; all clusters if none changes."""
    changed = outcome.changed
    return {t: load for t, load in outcome.clusters.items() if t.cell in changed or not changed}
