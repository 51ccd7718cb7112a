"""F8, F9, F10, F11: a running service under overload, restarts and rotations of tokens, and after many requests."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from tests.faults.client import Wire, accepted, question
from tests.faults.load import UNACCEPTED, Load, asks, descriptors, finish, memory
from tests.faults.tally import Tally
from tests.support.generator import Generator

RECONCILERS = 10  # of Argo CD's ApplicationSet controller: the largest number of concurrent requests


OVERLOAD = 10  # factor for the number of clients in an overload


GRACE = 10  # seconds in which a worker has to end


def overload(tree, folder, seconds: float) -> Tally:
    """Send ten times the requests of Argo CD, without the cache of answers."""
    clients = RECONCILERS * OVERLOAD
    tally = Tally("F8", f"{clients} clients for {seconds:g} s, each asking again at once, without the cache of answers")
    with Generator(
        tree, folder / "run", environ={"SIXFOLD_CACHE_BYTES": "0", "SIXFOLD_MAX_REQUESTS": "0"}
    ) as generator:
        requests, sets = asks(generator.ready())
        with Load(generator.port, clients, requests, sets) as load:
            load.wait(clients * 2)
            workers = generator.worker_ids()
            before = memory(workers)
            time.sleep(seconds)
            growth = memory(workers) / before - 1
        began = time.monotonic()
        with contextlib.closing(Wire(generator.port, 5.0)) as wire:
            generator.until(lambda: accepted(wire.ask(requests[0])) == sets[0], "an answer")
        recovered = time.monotonic() - began
        tally.check(generator.worker_ids() == workers, "a worker was replaced")
        tally.check(generator.admin("/readyz").status == 200, "not ready afterwards")
        finish(tally, load, allowed={"503 with Retry-After"})
        tally.notes += [f"recovered in {recovered:.2f} s", f"memory {growth:+.1%}"]
        tally.check(recovered <= 5, f"recovered in {recovered:.1f} s")
        tally.check(seconds < 30 or growth < 0.05, f"memory grew by {growth:.1%}")
    return tally


def restarts(tree, folder, count: int) -> Tally:
    """Send SIGHUP, which replaces every worker on the same listening socket, under the load of Argo CD."""
    tally = Tally("F9", f"{count} rolling restarts (SIGHUP) under {RECONCILERS} clients")
    with Generator(tree, folder / "run") as generator:
        requests, sets = asks(generator.ready())
        with Load(generator.port, RECONCILERS, requests, sets, pause=0.002) as load:
            load.wait(50)
            for _ in range(count):
                old = set(generator.worker_ids())
                generator.process.send_signal(signal.SIGHUP)
                generator.until(
                    lambda: not old & set(generator.worker_ids()) and len(generator.worker_ids()) == 2,  # noqa: B023 - in time
                    "new workers",
                )
                load.wait(load.answered() + 50)
                tally("restarts")
        finish(tally, load)
        tally.check("Traceback" not in generator.errors.read_text(), "a traceback")
    return tally


def terminations(tree, folder, count: int) -> Tally:
    """Send SIGTERM, like the replacement of a pod: answers in flight complete, then connections are refused."""
    tally = Tally("F9", f"{count} times SIGTERM under {RECONCILERS} clients, each followed by a new start")
    for number in range(count):
        with Generator(tree, folder / f"run-{number}") as generator:
            requests, sets = asks(generator.ready())
            with Load(generator.port, RECONCILERS, requests, sets) as load:
                load.wait(50)
                began = time.monotonic()
                generator.process.send_signal(signal.SIGTERM)
                after = probe_until_gone(generator)
                generator.process.wait(GRACE + 5)
                seconds = time.monotonic() - began
                tally.check(generator.process.returncode == 0, f"exit code {generator.process.returncode}")
                tally.check(seconds <= GRACE + 5, f"it ended after {seconds:.1f} s")
                tally.check(after == [], f"ready again after it was not: {after}")
            tally("clean exits")
            finish(tally, load, allowed={UNACCEPTED})
    return tally


def probe_until_gone(generator) -> list:
    """Probe until the process has ended, and return the times of ready probes after a probe that was not ready."""
    unready, later = False, []
    while generator.process.poll() is None:
        try:
            ready = generator.admin("/readyz").status == 200
        except OSError:
            ready = False
        unready = unready or not ready
        if unready and ready:
            later.append(time.monotonic())
        time.sleep(0.01)
    return later


def rotations(tree, folder, requests: int) -> Tally:
    """Rotate tokens by the steps of `docs/operating.md`, again and again, until so many requests were answered."""
    tally = Tally("F10", "the token is rotated, with an overlap, while requests run")
    first, second = folder / "run" / "token", folder / "next"
    environ = {"SIXFOLD_TOKEN_FILES": f"{first}:{second}", "SIXFOLD_MAX_REQUESTS": "0"}
    with Generator(tree, folder / "run", environ=environ, token="the-token-of-number-0") as generator:
        generator.ready()
        current, number = ["the-token-of-number-0"], 0
        sets = len(generator.ask({"team": "ads"}, token=current[0]).sets)
        workers = generator.worker_ids()
        with Load(generator.port, 4, [lambda: question({"team": "ads"}, token=current[0])], [sets]) as load:
            load.wait(10)
            while load.answered() < requests or number < 3:
                number += 1
                old, new = current[0], f"the-token-of-number-{number}"
                write(second, new)
                load.wait(load.answered() + 20)
                current[0] = new
                load.renew()  # a request of a slow client that is in flight still has the old token
                load.wait(load.answered() + 20)
                write(first, new)
                second.unlink()
                load.wait(load.answered() + 20)
                status = generator.ask({"team": "ads"}, token=old).status
                tally.check(status == 401, f"the old token gets {status} after the overlap")
        finish(tally, load)
        tally.check(generator.worker_ids() == workers, "a worker was restarted")
        tally.notes.append(f"{number} rotations")
    return tally


def write(path, token):
    temporary = path.with_suffix(".new")
    temporary.write_text(token)
    os.replace(temporary, path)


def leak(tree, folder, requests: int) -> Tally:
    """Send valid and invalid requests on kept and on new connections, and requests for admin pages between them."""
    tally = Tally("F11", "requests one after the other: valid, invalid, unauthorized, and scrapes")
    with Generator(tree, folder / "run", environ={"SIXFOLD_MAX_REQUESTS": "0"}, workers=1) as generator:
        good, sets = asks(generator.ready())
        wrong = [question({"team": "nobody"}), question({}, token="not-the-token")]
        expected = [404, 401]
        workers = generator.worker_ids()
        size = {}
        for phase, share in (("warm", requests // 4), ("after", requests - requests // 4)):
            with contextlib.closing(Wire(generator.port)) as wire:
                for number in range(share):
                    if number % 50 == 0:
                        wire.close()
                        turn = number // 50 % 2
                        raw = wire.ask(wrong[turn])
                        tally.check(raw[9:12] == b"%d" % expected[turn], f"{raw[:30]!r}")
                        generator.admin("/metrics") if number % 500 == 0 else None
                    turn = number % len(good)
                    raw = wire.ask(good[turn])
                    if number % 20 == 0:
                        tally.check(accepted(raw) == sets[turn], "an incomplete answer")
                tally("answers", share)
            size[phase] = memory(workers), settled(workers, 1.0)
        growth = size["after"][0] / size["warm"][0] - 1
        tally.notes += [f"memory {growth:+.1%} after warm-up", f"descriptors {size['warm'][1]} and {size['after'][1]}"]
        tally.check(generator.worker_ids() == workers, "the worker was replaced")
        tally.check(size["after"][1] <= size["warm"][1], f"descriptors: {size}")
        tally.check(requests < 100_000 or growth < 0.05, f"memory grew by {growth:.1%}")
    return tally


def settled(workers, seconds: float) -> int:
    """Return the least number of descriptors within some seconds, since connections close with a delay."""
    end, least = time.monotonic() + seconds, descriptors(workers)
    while time.monotonic() < end:
        time.sleep(0.1)
        least = min(least, descriptors(workers))
    return least
