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
# How words are written that a test's name cannot spell; longer ones first where one holds another.
SPELLINGS = {
    "argo cd": "Argo CD", "http 1 1": "HTTP/1.1", "http2": "HTTP/2", "yaml 1 1": "YAML 1.1", "yaml 1 2": "YAML 1.2",
    "rfc 1123": "RFC 1123", "json": "JSON", "yaml": "YAML", "html": "HTML", "dns": "DNS", "api": "API", "grpc": "gRPC",
    "kib": "KiB", "cidrs": "CIDRs", "configmaps": "ConfigMaps", "readme": "README", "kubernetes": "Kubernetes",
    "envoy": "Envoy", "appprojects": "AppProjects", "applicationsets": "ApplicationSets", "ssh": "SSH", "http": "HTTP",
    "git sync": "git-sync", "non root": "non-root", "read only": "read-only", "byte identical": "byte-identical",
    "post": "POST", "openapi": "OpenAPI", "etcd": "etcd", "crds": "CRDs",
}  # fmt: skip
SMALL = {"etcd", "gRPC", "git-sync", "gunicorn", "kubectl", "promtool"}  # even where a sentence begins with them
SPELLED = re.compile(rf"\b({'|'.join(map(re.escape, SPELLINGS))})\b")
INTRODUCTION = """\
# What was proved, against what

<!-- Written by `python3 dev.py proof` from what its tests met and how they ended (docs/proof.json). Do not edit. -->

Each line is a test that ran against the real counterpart, which told its version itself. How they run, how to add one
and what a test of this kind does not show: [tests/conformance](../tests/conformance/README.md). Faults, thousands of
each: [faults.md](faults.md). The last run:
"""


def sentence(test: str) -> str:
    """The claim that a test's name makes, such as "R2: no parameters is an empty input"."""
    words = re.sub(r"_s(?=_|$)", "'s", test.removeprefix("test_")).replace("_", " ")
    code, _, rest = words.partition(" ")
    if re.fullmatch(r"[a-z]\d+", code) and rest:
        return f"{code.upper()}: {spell(rest)}"
    words = spell(words)
    return words if words.split()[0] in SMALL else words[:1].upper() + words[1:]


def spell(words: str) -> str:
    """The same words as they are written outside of names."""
    return SPELLED.sub(lambda found: SPELLINGS[found[1]], words)


def render(record: Run) -> str:
    """The page for a record (its shape: `sections` in tests/proof/record.py)."""
    sections = record["sections"]
    lines = [INTRODUCTION]
    failed = sum(count(section, "failed") for section in sections.values())
    if failed:
        lines += [f"**This run failed: {tests(failed)} did not pass.** What they claim does not hold there.", ""]
    lines += [*overview(record["run"], sections), *missing(sections)]
    for title, section in sections.items():
        lines += [f"## {title}", "", *details(section)]
    return "\n".join(lines).rstrip() + "\n"


def overview(run: Run, sections: Run) -> Iterator[str]:
    """The run, and a table with a row for each counterpart."""
    passed, skipped, failed = (
        sum(count(section, kind) for section in sections.values()) for kind in ("passed", "skipped", "failed")
    )
    state = "and nothing else" if run["clean"] else "**with changes that are in no commit**"
    yield f"- Commit `{run['commit'][:12]}` {state}, {run['started']} UTC"
    yield f"- {run['python']}, {run['platform']}, {run['cpus']} CPUs, {minutes(run['seconds'])}"
    yield f"- **{passed} tests passed, {failed} failed, {skipped} skipped**"
    yield "- All of it again, and this page: `python3 dev.py proof`"
    yield "- One part: `python3 dev.py test --` and the last column; `SIXFOLD_PROFILE=long` for what takes minutes"
    yield ""
    yield "| counterpart | version | what is proved | passed | skipped | one part |"
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
    """What a section proves, where it is proved: its own summary, or the claims of one that has none."""
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
    """How many tests failed, where any did."""
    return f", **{count(section, 'failed')} failed**" if count(section, "failed") else ""


def missing(sections: Run) -> Iterator[str]:
    """What this run did not prove, with the reason that each test gave."""
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
    """The counterparts of a section with the number of tests that passed against each, then its claims."""
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
    """One claim; how many cases it was tried on, where there are several."""
    text = f"{sentence(test)}.{' ' if claim['note'] else ''}{claim['note']}"
    passed, skipped, failed = claim["passed"], sum(claim["skipped"].values()), len(claim["failed"])
    cases = passed + skipped + failed
    if failed:
        named = ", ".join(f"`{one}`" for one in claim["failed"][:5] if one)
        return f"- **Failed**, {failed} of {cases}{f' ({named})' if named else ''}: {text}"
    if not passed:
        return f"- *Not proved, skipped*: {text}"
    if skipped:
        return f"- {text} ({passed} of {cases} cases; the others were skipped)"
    return f"- {text}{f' ({cases} cases)' if cases > 1 else ''}"


def claims(section: Run) -> Iterator[Run]:
    """Every claim of a section."""
    for module in section["modules"].values():
        yield from module["claims"].values()


def count(section: Run, kind: str) -> int:
    """How many tests of a section passed, were skipped, or failed."""
    if kind == "skipped":
        return sum(sum(claim["skipped"].values()) for claim in claims(section))
    return sum(claim["passed"] if kind == "passed" else len(claim["failed"]) for claim in claims(section))


def tests(number: int) -> str:
    """A number of tests in words."""
    return f"{number} test{'' if number == 1 else 's'}"


def minutes(seconds: int) -> str:
    """A duration, in the unit that fits it."""
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def anchor(title: str) -> str:
    """The fragment of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.casefold()).replace(" ", "-")


def write_proof() -> Path:
    """Write the page; its path."""
    page = RECORD.with_suffix(".md")
    page.write_text(render(json.loads(RECORD.read_text())))
    return page


def main() -> int:
    """Write it; 1 when the run that it tells of failed."""
    record = json.loads(RECORD.read_text())
    write_proof()
    return int(any(count(section, "failed") for section in record["sections"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
