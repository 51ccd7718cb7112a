"""The status page: what is adopted, and what is not and why. Plain HTML, readable without styles or a screen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_generator.service.health import Health

__all__ = ["page"]

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}th,td{padding:.3rem 1rem .3rem 0;text-align:left;vertical-align:top}"
    "caption{text-align:left;font-weight:600;padding-top:1rem}code{overflow-wrap:anywhere}"
)
WORDS = {
    "ready": "Ready: the newest tree is adopted.",
    "degraded": "Degraded: answers go on, but somebody should look.",
    "unready": "Not ready: there is nothing to answer from.",
}


def page(health: Health) -> str:
    """The page as HTML."""
    facts = [
        ("Fleet", health.fleet or "none"),
        ("Adopted revision", health.revision or "none"),
        ("Adoptions so far", str(health.sequence)),
        ("Adopted", _ago(health.age)),
        ("Tree last looked at", _ago(health.looked)),
        ("Retired teams", ", ".join(health.retired) or "none"),
        ("Clusters at their old revision", ", ".join(health.pinned) or "none"),
    ]
    body = [
        f'<h1>Sixfold generator</h1><p role="status"><strong>{escape(WORDS[health.status])}</strong></p>',
        _list("Reasons", health.reasons),
        _table("What is adopted", facts),
        _table("Parameter sets", [(f"unit {unit}", str(count)) for unit, count in health.sets.items()]),
        _table("Teams that are held back", [(team, "; ".join(hold.reasons)) for team, hold in health.held.items()]),
        _table("What budgets let go lately", [(team, _things(count)) for team, count in sorted(health.spent.items())]),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sixfold generator</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _table(caption: str, rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><code>{escape(value)}</code></td></tr>' for name, value in rows
    )
    return f"<table><caption>{escape(caption)}</caption>{cells}</table>" if cells else ""


def _list(heading: str, items: Iterable[str]) -> str:
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<h2>{escape(heading)}</h2><ul>{lines}</ul>" if lines else ""


def _things(count: int) -> str:
    things = "1 thing, which counts" if count == 1 else f"{count} things, which count"
    return f"{things} against the budget for some days still"


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min ago" if hours else f"{minutes} min {rest} s ago" if minutes else f"{rest} s ago"
