"""The status page: the adopted tree, the teams that are held, and why. Plain HTML, readable without styles."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from jinja2 import Template

    from sixfold_generator.service.health import Health

__all__ = ["page"]

SUMMARIES = {
    "ready": "Ready: the newest tree is adopted.",
    "degraded": "Degraded: the service answers, but needs attention.",
    "unready": "Not ready: there is nothing to answer from.",
}


def page(health: Health) -> str:
    """Render the page as HTML."""
    return _template().render(
        health=health,
        summaries=SUMMARIES,
        sets=[(f"unit {unit}", count) for unit, count in health.sets.items()],
        held=[(team, "; ".join(hold.reasons)) for team, hold in health.held.items()],
        waiting=[(unit, f"waits for {', '.join(teams)}") for unit, teams in health.waiting.items()],
        deletions=[(team, _deletions(count)) for team, count in sorted(health.spent.items())],
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("sixfold_generator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["ago"] = _ago
    return environment.get_template("status.html")


def _deletions(count: int) -> str:
    deletions = "1 deletion, which counts" if count == 1 else f"{count} deletions, which count"
    return f"{deletions} against the budget for some days still"


def _ago(seconds: float | None) -> str:
    """Return an age in its two largest units."""
    if seconds is None:
        return "not known"
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min ago"
    return f"{minutes} min {seconds} s ago" if minutes else f"{seconds} s ago"
