"""F6: the wall clock jumps by a year and over DST: ages stay correct, and answers keep the same bytes.

The service runs with a patched time source (`time.time`, `datetime.now`), since tests must not set the machine's clock.
"""

from __future__ import annotations

import textwrap
import time

from tests.faults.load import Load, asks, finish
from tests.faults.tally import Tally
from tests.support.generator import ROOT, Generator, status
from tests.support.trees import GitTree, Spec

YEAR = 365 * 86400


PATCH = """
    import datetime, os, time

    def shift():
        with open(os.environ["FAULT_CLOCK"]) as stream:
            offset = float(stream.read())
        if offset:
            open(f"{os.environ['FAULT_CLOCK']}.{os.getpid()}", "w").close()  # this process has seen a wrong time
        return offset

    def shifted(real, unit):
        return lambda: real() + unit(shift())

    time.time = shifted(time.time, float)
    time.time_ns = shifted(time.time_ns, lambda seconds: int(seconds * 1e9))

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + datetime.timedelta(seconds=shift())

    datetime.datetime = Shifted
"""


def jumps(folder, times: int) -> Tally:
    """Change the offset of the wall clock of a running service, at rest and during requests."""
    tally = Tally("F6", "the wall clock jumps ±1 year and over both ends of DST (patched time source)")
    site, clock = folder / "site", folder / "clock"
    site.mkdir()
    (site / "sitecustomize.py").write_text(textwrap.dedent(PATCH))
    clock.write_text("0")
    git, tree = GitTree(folder / "git"), Spec()
    git.commit(tree)
    environ = {
        "PYTHONPATH": f"{site}:{ROOT}",
        "FAULT_CLOCK": str(clock),
        "TZ": "Europe/Berlin",
        "SIXFOLD_STALE_SECONDS": "60",
        "SIXFOLD_MAX_REQUESTS": "0",  # else the long set would replace workers after many requests
    }
    summer, winter = 1774746000 - time.time(), 1792890000 - time.time()  # 2026-03-29 and 2026-10-25, 01:00 UTC
    offsets = [0, -YEAR, YEAR, summer - 1, summer + 1, winter - 1, winter + 1]
    with Generator(git.link, folder / "run", environ=environ) as generator:
        requests, sets = asks(generator.ready())
        before = generator.ask().body
        for offset in offsets:
            set_clock(clock, offset)
            reply = generator.until(lambda: status(generator), "a status")
            where = f"clock {offset:+.0f} s"
            tally.check(reply["status"] == "ready", f"{where}: {reply['reasons']}")
            tally.check(0 <= reply["ageSeconds"] < 600, f"{where}: adopted {reply['ageSeconds']} s ago")
            tally.check(
                0 <= (reply["lookedSecondsAgo"] or 0) < 60, f"{where}: looked {reply['lookedSecondsAgo']} s ago"
            )
            if tally.check(generator.ask().body == before, f"{where}: another answer"):
                tally("same bytes, correct ages")
        workers = generator.worker_ids()
        with Load(generator.port, 4, requests, sets) as load:
            for number in range(times):
                set_clock(clock, offsets[number % len(offsets)])
                load.wait(load.answered() + 5)
        finish(tally, load)
        tally.check(generator.worker_ids() == workers, "a worker was killed as hung")
        affected = [pid for pid in (generator.process.pid, *workers) if clock.with_name(f"clock.{pid}").exists()]
        tally.check(affected, "no process read the wrong time")
        set_clock(clock, -YEAR)
        tree.where["prod/dc1/dc1-a"]["more"] = ("more", {"app": "# more\n"})
        git.commit(tree)
        generator.until(
            lambda: any("more" in name for name in generator.ask().names), "an adoption under a wrong clock"
        )
        tally("adoptions with a clock that is a year late")
        tally.check("Traceback" not in generator.errors.read_text(), generator.errors.read_text()[-1500:])
    return tally


def set_clock(path, offset: float) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(str(offset))
    temporary.replace(path)
