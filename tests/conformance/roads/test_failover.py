"""Errors that callers see while something fails, under a constant load.

The bounds are those of the configuration that was tried first, plus 20 for 10,000 requests. Each row says what fails.
Requests that were in flight at that moment are counted apart: what is killed may lose them, and nothing else.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.conformance.roads.load import CALLERS, under_load
from tests.conformance.roads.site import on, services, site

if TYPE_CHECKING:
    from tests.conformance.roads.site import Site

pytestmark = [pytest.mark.conformance("Envoy"), pytest.mark.alone]

SERVICES = services(match=on(a=60, b=25, c=15), alone=on(a=100, b=0, c=0), away=on(b=60, c=40))
MORE = 20  # errors per 10,000 beside those of each row
Change = "Callable[[Site], None]"


def close(name: str, letter: str) -> tuple[Change, Change]:
    """Return the fault of an app that is gone, and its repair."""
    return (lambda site: site.app(name, letter).close()), (lambda site: site.app(name, letter).open())


def kill(letter: str) -> tuple[Change, Change]:
    """Return the fault of a gateway that is gone, which stays so."""

    def kill_and_wait(site: Site) -> None:
        process = site.clusters[letter].running.process
        process.kill()
        process.wait(timeout=10)  # until then it may still take requests

    return kill_and_wait, (lambda _site: None)


def freeze(letter: str) -> tuple[Change, Change]:
    """Return the fault of a gateway that takes connections and answers nothing, and its repair."""

    def signaled(number: signal.Signals) -> Change:
        return lambda site: site.clusters[letter].running.process.send_signal(number)

    return signaled(signal.SIGSTOP), signaled(signal.SIGCONT)


def both(first: tuple[Change, Change], second: tuple[Change, Change]) -> tuple[Change, Change]:
    """Return two faults at once."""
    return tuple(lambda site, a=a, b=b: (a(site), b(site)) for a, b in zip(first, second, strict=True))


def answers(name: str, letter: str, status: int) -> tuple[Change, Change]:
    """Return the fault of an app that answers with an error, and its repair."""

    def fail(site: Site) -> None:
        app = site.app(name, letter)
        app.answer = lambda *_: app.respond(status, "no")

    def repair(site: Site) -> None:
        app = site.app(name, letter)
        app.answer = app.echo

    return fail, repair


ROWS = {
    "nothing fails": ("match", (lambda _: None, lambda _: None), 0),
    "the app is gone on the caller's cluster": ("match", close("match", "a"), 0),
    "the app is gone on the only cluster with weight": ("alone", close("alone", "a"), 1),
    "the app is gone on another cluster": ("match", close("match", "b"), 0),
    "another gateway is gone": ("match", kill("b"), 0),
    "another gateway is gone, and the caller's cluster has no app": ("away", kill("b"), 0),
    "another gateway takes calls and answers nothing": ("match", freeze("b"), 0),
    "the app on the caller's cluster and another gateway are gone": ("match", both(close("match", "a"), kill("b")), 0),
    "the app on another cluster answers 503": ("match", answers("match", "b", 503), 141),
}


@pytest.mark.parametrize("row", ROWS)
def test_callers_see_no_more_errors_than_the_row_says(tmp_path, row):
    name, (fault, repair), bound = ROWS[row]
    with site(tmp_path, SERVICES) as running:
        for _ in range(30):
            running.who(name)
        load = under_load(running, name, lambda: fault(running), lambda: repair(running))
    assert load.sent >= 850
    assert load.per_10_000 <= bound + MORE, sorted(load.errors)
    assert len(load.in_flight) <= CALLERS
