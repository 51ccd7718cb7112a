"""A scenario as a picture: for every cluster a bar before and a bar after, tiers stacked, against its capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.whatif.every import broken
from compiler.whatif.svg import FAINT, INK, MUTED, SHORT, TIER_COLORS, Drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from compiler.fleet import Target
    from compiler.placement import Resources
    from compiler.whatif.outcome import ClusterLoad, Outcome

__all__ = ["picture"]

WIDTH, LEFT, BAR, TOP = 1000, 150, 560, 132
ROW, THICK, CENTER = 56, 18, 30  # a cluster's rows, a bar, and the heading of a data center
_UNITS: dict[str, tuple[str, Callable[[float], str]]] = {
    "cpu": ("CPU", lambda v: f"{v / 1000:,.0f} cores"),
    "memory": ("memory", lambda v: f"{v / 2**40:,.1f} TiB" if v >= 2**40 else f"{v / 2**30:,.0f} GiB"),
    "pods": ("pods", lambda v: f"{v:,.0f} pods"),
}


def picture(outcome: Outcome) -> str:
    """The picture as SVG text. It shows the resource that is scarcest, in data centers where something changes."""
    loads = _shown(outcome)
    tops = {r: max((_asked(c, r) / (getattr(c.capacity, r) or 1) for c in loads.values()), default=0) for r in _UNITS}
    resource = max(tops, key=lambda r: tops[r])
    top = max(1.0, tops[resource])
    scale = BAR / min(top * 1.02, 3)  # beyond three times its capacity a bar is cut off
    cells = list(dict.fromkeys(t.cell for t in loads))
    height = TOP + len(cells) * CENTER + len(loads) * ROW + 24
    word, unit = _UNITS[resource]
    drawing = Drawing(WIDTH, height, _title(outcome), _description(loads, resource))
    drawing.text(24, 38, _title(outcome), 20, font_weight=600)
    drawing.text(24, 62, f"{word} asked of each cluster, against its capacity; {_sentence(outcome)}", fill=MUTED)
    _legend(drawing)
    y, cell = float(TOP), None
    bottom = height - 24
    for tick in range(int(min(top * 1.02, 3) * 4) + 1):
        x = LEFT + tick / 4 * scale
        drawing.line(x, TOP - 6, x, bottom, stroke=INK if tick == 4 else FAINT, stroke_width=1.5 if tick == 4 else 1)
        drawing.text(x, TOP - 12, f"{tick * 25} %", 11, fill=INK if tick == 4 else MUTED, text_anchor="middle")
    for target, load in loads.items():
        if target.cell != cell:
            cell = target.cell
            drawing.text(24, y + 20, str(cell), 14, font_weight=600)
            y += CENTER
        _cluster(drawing, y, target.cluster, load, resource, scale, unit)
        y += ROW
    return drawing.render()


def _cluster(
    drawing: Drawing, y: float, name: str, load: ClusterLoad, resource: str, scale: float, unit: Callable[[float], str]
) -> None:
    has = getattr(load.capacity, resource) or 1
    drawing.text(LEFT - 62, y + 25, name, text_anchor="end", font_weight=600)
    room = LEFT + getattr(load.room, resource) / has * scale
    for index, (word, amounts) in enumerate((("before", load.before), ("after", load.after))):
        at = y + index * (THICK + 4)
        drawing.text(LEFT - 8, at + 13, word, 11, fill=MUTED, text_anchor="end")
        if word == "after" and load.lost:
            tip = f"{name} is lost"
            drawing.rect(LEFT, at, scale, THICK, fill="none", stroke=SHORT, stroke_dasharray="4 3", tip=tip)
            drawing.text(LEFT + 10, at + 13, "lost", 12, fill=SHORT, font_weight=600)
            continue
        drawing.rect(LEFT, at, scale, THICK, fill="#f3f5f7")
        x = float(LEFT)
        for tier in sorted(amounts):
            value = getattr(amounts[tier], resource)
            width = value / has * scale
            drawing.rect(x, at, width, THICK, fill=TIER_COLORS[tier], tip=f"{name} {word}: {tier} {unit(value)}")
            x += width
        label, color = f"{unit(sum(getattr(a, resource) for a in amounts.values()))} of {unit(has)}", INK
        short, over = ((getattr(a, resource) if word == "after" else 0) for a in (_unmet(load), load.total("over")))
        for value, fill, stroke, text in (
            (short, "url(#hatch)", SHORT, "no room for"),
            (over, "#ffffff", MUTED, "over maximum or quota:"),
        ):
            width = min(value / has * scale, LEFT + BAR - x)
            if width > 0:
                tip = f"{name}: {text} {unit(value)}"
                drawing.rect(x, at + 0.5, width, THICK - 1, fill=fill, stroke=stroke, tip=tip)
                x += width
        if short:
            label, color = f"{label}, {unit(short)} short", SHORT
        drawing.text(LEFT + BAR + 16, at + 13, label, 12, fill=color)
    if getattr(load.room, resource) < has:
        drawing.line(room, y - 2, room, y + 2 * THICK + 6, stroke=MUTED, stroke_width=1.5, stroke_dasharray="3 2")


def _legend(drawing: Drawing) -> None:
    x = 24.0
    for fill, stroke, words in (
        *((color, "none", tier) for tier, color in TIER_COLORS.items()),
        ("url(#hatch)", SHORT, "no room: preempted or pending"),
        ("#ffffff", MUTED, "over an autoscaler's maximum or a quota"),
    ):
        drawing.rect(x, 80, 14, 14, fill=fill, stroke=stroke)
        drawing.text(x + 20, 92, words, 12)
        x += 40 + 6.4 * len(words)
    drawing.line(x, 80, x, 94, stroke=MUTED, stroke_width=1.5, stroke_dasharray="3 2")
    drawing.text(x + 8, 92, "headroom that placement keeps", 12)


def _title(outcome: Outcome) -> str:
    scenario = outcome.scenario
    lost = sorted(map(str, scenario.lost))
    words = "Without " + ", ".join(lost[:3]) if lost else "All clusters"
    if len(lost) > 3:
        words += f" and {len(lost) - 3} more"
    if scenario.load != 1:
        words += f", {float(scenario.load):g} times the load"
    if scenario.teams:
        words += ", " + ", ".join(f"{team} times {float(f):g}" for team, f in sorted(scenario.teams.items())[:2])
    return words


def _sentence(outcome: Outcome) -> str:
    found = list(dict.fromkeys(f"{b.team}/{b.app}" for b in broken(outcome)))
    if not found:
        return "every P0 is carried whole."
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return f"P0 not carried whole: {', '.join(found[:2])}{more}."


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
    """The clusters of data centers where something changes; all of them where nothing does."""
    changed = outcome.changed
    return {t: load for t, load in outcome.clusters.items() if t.cell in changed or not changed}
