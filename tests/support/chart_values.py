"""Values that the chart's schema accepts and rejects, asked of the real helm in few calls.

Helm reports every value that a schema rejects at once, so one call answers for many rows.
"""

from __future__ import annotations

import copy
import re

from tests.support.chart import CHART, MINIMAL, helm

__all__ = ["answers"]

_PROBLEM = re.compile(r"^ *- at '(?P<place>[^']*)': (?!validation failed$)(?P<what>.*)$", re.MULTILINE)


def answers(rows, chart=CHART):
    """Return for each (path, value) whether the schema accepts it. A path has dots between its keys."""
    result = {}
    for batch in _batches(rows):
        problems = _problems([rows[number] for number in batch], chart)
        about = {number: [problem for problem in problems if _about(rows[number][0], *problem)] for number in batch}
        result |= {number: not match for number, match in about.items()}
        others = [problem for problem in problems if not any(problem in match for match in about.values())]
        assert not others, f"rejected, but not set: {others}"
    return [result[number] for number in range(len(rows))]


def _batches(rows):
    """Put each row into the first batch without a row that sets the same value, a part of it, or a parent of it."""
    batches = []
    for number, (path, _) in enumerate(rows):
        for batch in batches:
            others = [rows[other][0] + "." for other in batch]
            if not any(f"{path}.".startswith(other) or other.startswith(f"{path}.") for other in others):
                batch.append(number)
                break
        else:
            batches.append([number])
    return batches


def _problems(rows, chart):
    values = copy.deepcopy(MINIMAL)
    for path, value in rows:
        *parents, key = path.split(".")
        holder = values
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[key] = value
    done = helm("template", "x", chart, "--values", "-", values=values)
    # A combination may fail in the templates, but helm checks the schema before them.
    assert not done.returncode or re.search("meet the specifications|execution error", done.stderr), done.stderr
    return [(match["place"], match["what"]) for match in _PROBLEM.finditer(done.stderr)]


def _about(path, place, what):
    parent, _, key = ("/" + path.replace(".", "/")).rpartition("/")
    return f"{place}/".startswith(f"{parent}/{key}/") or (place == parent and f"'{key}'" in what)
