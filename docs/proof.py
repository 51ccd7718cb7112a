"""Write docs/proof.md from docs/proof.json, the record of the last conformance run (`python3 dev.py proof`)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RECORD", "Run", "render", "sentence", "write_proof"]

DOCS = Path(__file__).resolve().parent
RECORD = DOCS / "proof.json"
Run = dict[str, Any]
# Spellings that a test's name cannot express; a longer one precedes those that it contains.
SPELLINGS = {
    "argo cd": "Argo CD", "http 1 1": "HTTP/1.1", "http2": "HTTP/2", "yaml 1 1": "YAML 1.1", "yaml 1 2": "YAML 1.2",
    "rfc 1123": "RFC 1123", "json": "JSON", "yaml": "YAML", "html": "HTML", "dns": "DNS", "api": "API", "grpc": "gRPC",
    "kib": "KiB", "cidrs": "CIDRs", "configmaps": "ConfigMaps", "readme": "README", "kubernetes": "Kubernetes",
    "envoy": "Envoy", "appprojects": "AppProjects", "applicationsets": "ApplicationSets", "ssh": "SSH", "http": "HTTP",
    "git sync": "git-sync", "non root": "non-root", "read only": "read-only", "byte identical": "byte-identical",
    "post": "POST", "openapi": "OpenAPI", "etcd": "etcd", "crds": "CRDs", "url": "URL",
    "applicationset": "ApplicationSet", "make before break": "make-before-break",
}  # fmt: skip
SMALL = {"etcd", "gRPC", "git-sync", "gunicorn", "kubectl", "promtool"}  # also at the beginning of a sentence
SPELLED = re.compile(rf"\b({'|'.join(map(re.escape, SPELLINGS))})\b")
INTRODUCTION = """\
# Tests against real counterparts

<!-- Written by `python3 dev.py proof` from what its tests met and how they ended (docs/proof.json). Do not edit. -->

Each line is a test that ran against the real counterpart, which reported its own version. To run them, to add one,
and for their limits, see [tests/conformance](../tests/conformance/README.md). For fault injection, see
[faults.md](faults.md). The last run:
"""


def sentence(test: str) -> str:
    """Return the name of a test as a sentence, such as "R2: no parameters is an empty input"."""
    words = re.sub(r"_s(?=_|$)", "'s", test.removeprefix("test_")).replace("_", " ")
    code, _, claim = words.partition(" ")
    if re.fullmatch(r"[a-z]\d+", code) and claim:
        return f"{code.upper()}: {spell(claim)}"
    words = spell(words)
    return words if words.split()[0] in SMALL else words[:1].upper() + words[1:]


def spell(words: str) -> str:
    """Return the words of a test's name with their usual spelling, such as `Argo CD` for `argo cd`."""
    return SPELLED.sub(lambda match: SPELLINGS[match[1]], words)


def render(record: Run) -> str:
    """Return the page for a record (its fields: `sections` in tests/proof/record.py)."""
    sections = record["sections"]
    lines = [INTRODUCTION]
    failed = sum(count(section, "failed") for section in sections.values())
    if failed:
        lines += [f"**This run failed: {tests(failed)} did not pass.** Their claims do not hold for this run.", ""]
    lines += [*overview(record["run"], sections), *missing(sections)]
    for title, section in sections.items():
        lines += [f"## {title}", "", *details(section)]
    return "\n".join(lines).rstrip() + "\n"


def overview(run: Run, sections: Run) -> Iterator[str]:
    """Yield the summary of the run, and a table with a row for each counterpart."""
    passed, skipped, failed = (
        sum(count(section, kind) for section in sections.values()) for kind in ("passed", "skipped", "failed")
    )
    state = "and nothing else" if run["clean"] else "**with changes that are in no commit**"
    yield f"- Commit `{run['commit'][:12]}` {state}, {run['started']} UTC"
    yield f"- {run['python']}, {run['platform']}, {run['cpus']} CPUs, {minutes(run['seconds'])}"
    yield f"- **{passed} tests passed, {failed} failed, {skipped} skipped**"
    yield "- Run all of them and write this page: `python3 dev.py proof`"
    yield "- Run one section: `python3 dev.py test --` and the last column; `SIXFOLD_PROFILE=long` adds slow tests"
    yield ""
    yield "| counterpart | version | claims | passed | skipped | one section |"
    yield "|---|---|---|---|---|---|"
    for title, section in sections.items():
        cells = [
            f"[{title}](#{anchor(title)})",
            "<br>".join(f"{name} {', '.join(versions)}" for name, versions in section["met"].items()) or "not met",
            in_a_line(section),
            f"{count(section, 'passed')}{failures(section)}",
            str(count(section, "skipped")),
            f"`{section['command']}`",
        ]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def in_a_line(section: Run) -> str:
    """Return the summary of a section, or its first claims if it has no summary. Skipped sections prove nothing."""
    if not count(section, "passed"):
        return "nothing: no test passed"
    spoken = [
        sentence(test)
        for module in section["modules"].values()
        for test, claim in module["claims"].items()
        if claim["passed"] and not claim["failed"]
    ]
    summary = section["summary"] or "; ".join(spoken[:3]) + ("; …" if spoken[3:] else "")
    return f"**Not all of it:** {summary}" if count(section, "failed") else summary


def failures(section: Run) -> str:
    """Return the number of failed tests of a section as a suffix, or "" if none failed."""
    return f", **{count(section, 'failed')} failed**" if count(section, "failed") else ""


def missing(sections: Run) -> Iterator[str]:
    """Yield the skipped tests with their reasons."""
    reasons: dict[tuple[str, str], int] = {}
    for title, section in sections.items():
        for claim in claims(section):
            for reason, times in claim["skipped"].items():
                reasons[title, reason] = reasons.get((title, reason), 0) + times
    yield "## Not proved"
    yield ""
    if not reasons:
        yield "Nothing was skipped."
    for (title, reason), times in reasons.items():
        yield f"- {title}, {tests(times)}: {reason}"
    yield ""


def details(section: Run) -> Iterator[str]:
    """Yield the counterparts of a section with their numbers of passed tests, then its claims."""
    met = [
        f"{name} {version} ({tests(times)})"
        for name, versions in section["met"].items()
        for version, times in versions.items()
    ]
    if met:
        yield f"Passed against {', '.join(met)}, in {minutes(section['seconds'])}."
        yield ""
    for path, module in section["modules"].items():
        yield f"[{path}](../{path}): {module['about']}"
        yield ""
        for test, claim in module["claims"].items():
            yield bullet(test, claim)
        yield ""


def bullet(test: str, claim: Run) -> str:
    """Return one claim as a list item, with its number of cases if there are several."""
    text = f"{sentence(test)}.{' ' if claim['note'] else ''}{claim['note']}"
    passed, skipped, failed = claim["passed"], sum(claim["skipped"].values()), len(claim["failed"])
    cases = passed + skipped + failed
    if failed:
        named = ", ".join(f"`{case}`" for case in claim["failed"][:5] if case)
        return f"- **Failed**, {failed} of {cases}{f' ({named})' if named else ''}: {text}"
    if not passed:
        return f"- *Not proved, skipped*: {text}"
    if skipped:
        return f"- {text} ({passed} of {cases} cases; the others were skipped)"
    return f"- {text}{f' ({cases} cases)' if cases > 1 else ''}"


def claims(section: Run) -> Iterator[Run]:
    """Yield every claim of a section (its fields: `sections` in tests/proof/record.py)."""
    for module in section["modules"].values():
        yield from module["claims"].values()


def count(section: Run, kind: str) -> int:
    """Count the tests of a section that passed, were skipped, or failed."""
    if kind == "skipped":
        return sum(sum(claim["skipped"].values()) for claim in claims(section))
    return sum(claim["passed"] if kind == "passed" else len(claim["failed"]) for claim in claims(section))


def tests(number: int) -> str:
    """Return a number of tests with its noun, such as `2 tests`."""
    return f"{number} test{'' if number == 1 else 's'}"


def minutes(seconds: int) -> str:
    """Return a duration in seconds or minutes."""
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def anchor(title: str) -> str:
    """Return the fragment of a heading, as GitHub generates it."""
    return re.sub(r"[^\w -]", "", title.casefold()).replace(" ", "-")


def write_proof() -> Path:
    """Write the page and return its path."""
    page = RECORD.with_suffix(".md")
    page.write_text(render(json.loads(RECORD.read_text())))
    return page


def main() -> int:
    """Write the page. Return 1 if the recorded run failed."""
    record = json.loads(RECORD.read_text())
    write_proof()
    return int(any(count(section, "failed") for section in record["sections"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
