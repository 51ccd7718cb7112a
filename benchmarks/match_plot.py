"""Draw a match day: viewers and the capacity of P0 apps over time, and the utilization of each cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crowd import MINUTE

from sixfold_compiler.whatif.svg import FAINT, INK, MUTED, SHORT, Drawing

if TYPE_CHECKING:
    from collections.abc import Callable

    from crowd import Assumptions, Tick

LEFT, WIDTH = 64, 760
COLORS = {"by reaction": "#c26a00", "by schedule": "#14406f"}
CLUSTERS = ("#14406f", "#3f86c6", "#7fb4e0", "#1f6b4a", "#3f9d73", "#8cc9aa")


def plot(days: dict[str, list[Tick]], given: Assumptions, lost: str) -> str:
    """Return the drawing as SVG text. Time runs to the right, in minutes since the first arrivals."""
    first = next(iter(days.values()))
    begin, end = first[0].second, first[-1].second
    gone = given.ramp + given.lost_after
    back = gone + given.lost_for
    top = 20 * (1 + int(max(t.capacity for ticks in days.values() for t in ticks)) // 20)
    worst = {name: max(t.viewers - t.carried for t in ticks) for name, ticks in days.items()}
    text = (
        f"{given.peak:g} million viewers arrive at up to {given.rate:g} million a minute on six clusters;"
        f" {lost} is lost at the peak and comes back. Not carried at worst: "
        + ", ".join(f"{v:.1f} million {n}" for n, v in worst.items())
    )
    title = f"A match day: {given.peak:g} million viewers, and a cluster lost at the peak"
    drawing = Drawing(1030, 690, title, text + ".")
    drawing.text(24, 36, title, 20, font_weight=600)
    subtitle = (
        f"{given.rate:g} million arrive in the fastest minute. A pod takes"
        f" {(given.image + given.start) / MINUTE:g} minutes from the decision to its first request,"
        f" and {given.node / MINUTE:g} more where nodes must come first."
    )
    drawing.text(24, 60, subtitle, fill=MUTED)

    def x(second: float) -> float:
        return LEFT + (second - begin) / (end - begin) * WIDTH

    def frame(y: float, height: float, title: str, most: float, step: float, unit: str) -> None:
        drawing.text(24, y - 14, title, 14, font_weight=600)
        drawing.rect(x(gone), y, x(back) - x(gone), height, fill="#f6eeee", tip=f"{lost} is lost")
        for number in range(int(most / step) + 1):
            at = y + height - number * step / most * height
            drawing.line(LEFT, at, LEFT + WIDTH, at)
            drawing.text(LEFT - 8, at + 4, f"{number * step:g}{unit}", 11, fill=MUTED, text_anchor="end")
        drawing.text((x(gone) + x(back)) / 2, y + 14, f"{lost} lost", 11, fill=SHORT, text_anchor="middle")

    y1, h1, y2, h2 = 104.0, 290.0, 458.0, 170.0
    frame(y1, h1, "Viewers, and how many the pods of P0 can take at most (millions)", top, 20, "")

    def high(value: float) -> float:
        return y1 + h1 - value / top * h1

    for name, ticks in days.items():
        _missed(drawing, name, ticks, gone, lambda t, value: (x(t.second), high(value)))
        drawing.path([(x(t.second), high(t.capacity)) for t in ticks], stroke=COLORS[name], stroke_width=2)
    drawing.path([(x(t.second), high(t.viewers)) for t in first], stroke=INK, stroke_width=2.5, stroke_dasharray="6 4")
    _key(drawing, y1, worst)

    key = LEFT + WIDTH + 18
    frame(y2, h2, "CPU that pods request, by schedule (part of each cluster's capacity)", 100, 25, " %")
    ticks = days["by schedule"]
    for index, name in enumerate(ticks[0].used):
        for start, stop in _runs([t.used[name] >= 0 for t in ticks]):
            points = [(x(t.second), y2 + h2 - t.used[name] * h2) for t in ticks[start:stop]]
            drawing.path(points, stroke=CLUSTERS[index % 6], stroke_width=2, tip=name)
        at = y2 + 16 + index * 22
        drawing.line(key, at - 4, key + 22, at - 4, stroke=CLUSTERS[index % 6], stroke_width=2.5)
        drawing.text(key + 30, at, f"{name}, {max(t.used[name] for t in ticks):.0%} at most", 12)
    _axis(drawing, y2 + h2, end, x)
    return drawing.render()


def _axis(drawing: Drawing, y: float, end: float, x: Callable[[float], float]) -> None:
    """Draw the time axis, in minutes, below the second frame."""
    for minute in range(0, int(end / MINUTE) + 1, 30):
        drawing.line(x(minute * MINUTE), y, x(minute * MINUTE), y + 5, stroke=FAINT)
        drawing.text(x(minute * MINUTE), y + 20, f"{minute}", 11, fill=MUTED, text_anchor="middle")
    middle = LEFT + WIDTH / 2
    drawing.text(middle, y + 40, "minutes since the first arrivals", 12, fill=MUTED, text_anchor="middle")


def _missed(
    drawing: Drawing, name: str, ticks: list[Tick], gone: float, at: Callable[[Tick, float], tuple[float, float]]
) -> None:
    """Hatch the load that is not carried, and write the largest amount of each period beside it."""
    for start, stop in _runs([t.viewers - t.carried > 0.01 for t in ticks]):
        part = ticks[start:stop]
        area = [at(t, t.viewers) for t in part] + [at(t, t.carried) for t in part[::-1]]
        drawing.path(area, closed=True, fill="url(#hatch)", stroke=SHORT, stroke_width=0.5, tip=f"not carried {name}")
        low = max(part, key=lambda t: t.viewers - t.carried)
        if (missed := low.viewers - low.carried) > 1:
            late = low.second > gone  # place the text where no line is
            (across, down), anchor = at(low, low.carried), "end" if late else "start"
            beside = across + (-12 if late else 12)
            drawing.text(beside, down + 16, f"{missed:.1f} not carried", 11, fill=SHORT, text_anchor=anchor)


def _key(drawing: Drawing, y: float, worst: dict[str, float]) -> None:
    """Draw the legend beside the first frame, with the largest load that is not carried."""
    key = LEFT + WIDTH + 18
    for row, (words, color, dash) in enumerate(
        (("viewers who are there", INK, "6 4"), ("by schedule", COLORS["by schedule"], "none"),
         ("by reaction", COLORS["by reaction"], "none"))
    ):  # fmt: skip
        at = y + 20 + row * 24
        drawing.line(key, at - 4, key + 22, at - 4, stroke=color, stroke_width=2.5, stroke_dasharray=dash)
        drawing.text(key + 30, at, words, 12)
    drawing.rect(key, y + 80, 22, 12, fill="url(#hatch)")
    drawing.text(key + 30, y + 90, "not carried", 12)
    for row, (name, value) in enumerate(sorted(worst.items(), reverse=True)):
        drawing.text(key, y + 124 + row * 38, f"{name}, at worst", 12, fill=COLORS[name], font_weight=600)
        drawing.text(key, y + 140 + row * 38, f"{value:.1f} million not carried", 12)


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    """Return the runs of set flags, as (start, stop)."""
    runs, start = [], None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            runs.append((start, index))
            start = None
    return runs
