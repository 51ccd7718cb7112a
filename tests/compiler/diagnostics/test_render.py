"""Four renderings of one diagnostic, compared with snapshots. SIXFOLD_REWRITE=1 rewrites the snapshots."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sixfold_compiler.cli.options import OUTPUTS
from sixfold_compiler.diagnostics import Diagnostic, Span, printable
from sixfold_compiler.diagnostics.render import FORMATS, SourceLines, render, tally
from sixfold_compiler.diagnostics.render.sources import MAX_SOURCE

SNAPSHOTS = Path(__file__).parent / "snapshots"

MANIFEST = """\
apiVersion: sixfold.dev/v1
kind: App
metadata: {name: match, team: playback}
spec:
  tier: P0
  tier: P1
\treplica: "überall 東京"
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  password: hunter2
  key: |
    -----BEGIN
    hunter3
"""
FILE = "apps/playback/match.yaml"

PROBLEMS = [
    Diagnostic(
        "SF107",
        "the key 'tier' appears twice",
        Span(FILE, 6, 3, "again"),
        "keep one of them",
        (Span(FILE, 5, 3, "first here"),),
        app="playback/match",
    ),
    Diagnostic("SF204", "spec.replica is an unknown field", Span(FILE, 7, 11), "did you mean 'replicas'?"),
    Diagnostic("SF624", "Secret/db puts secret values into git", Span(FILE, 13, 3), "", severity="warning"),
    Diagnostic("SF616", "too long", Span(FILE, 16, 5)),
    Diagnostic("SF411", "--only prd matches nothing", None, "did you mean 'prod'?"),
    Diagnostic(
        "SF504", "100%: a, b", Span("lib/a,b:c%.libsonnet", 3, 0), "line one\nline two", detail="trace 1\ntrace 2"
    ),
    Diagnostic(
        "SF205",
        "the team 'x\x1b[31m\u202egnp\r\n::error::forged' is not in the fleet",
        Span("apps/\x1b]0;/a.yaml", 1, 1),
    ),
]


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "apps" / "playback").mkdir(parents=True)
    (tmp_path / FILE).write_text(MANIFEST)
    return SourceLines((tmp_path,))


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_equals_its_snapshot(style, sources) -> None:
    text = render(reversed(PROBLEMS), style, sources=sources)
    snapshot = SNAPSHOTS / f"{style}.txt"
    if os.environ.get("SIXFOLD_REWRITE"):
        snapshot.write_text(text)
    assert text == snapshot.read_text()


def test_colors_add_only_escape_sequences(sources) -> None:
    import re

    for style in ("full", "concise"):
        plain = render(PROBLEMS, style, sources=sources)
        colored = render(PROBLEMS, style, sources=sources, color=True)
        assert colored != plain
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_every_format_escapes_control_and_bidi_characters_of_inputs(sources) -> None:
    for style in FORMATS:
        text = render(PROBLEMS, style, sources=sources)
        assert not [c for c in text if c != "\n" and (ord(c) < 32 or c == "\u202e")]


def test_github_annotations_stay_on_one_line_whatever_the_input(sources) -> None:
    lines = render(PROBLEMS, "github", sources=sources).splitlines()
    assert len(lines) == len(PROBLEMS)
    assert all(line.startswith(("::error ", "::warning ")) for line in lines)


def test_github_paths_start_at_the_repository(sources) -> None:
    text = render(PROBLEMS[:1], "github", sources=sources, prefix="deploy")
    assert f"file=deploy/{FILE}," in text


def test_json_is_one_array_even_without_findings(sources) -> None:
    assert json.loads(render([], "json", sources=sources)) == []
    records = json.loads(render(PROBLEMS, "json", sources=sources))
    assert {r["code"] for r in records} == {d.code for d in PROBLEMS}
    assert all(r["docs"] == f"docs/codes.md#{r['code'].lower()}" for r in records)


def test_values_of_secrets_are_hidden_and_keys_without_a_value_are_not_marked(sources) -> None:
    everywhere = [Diagnostic("SF616", "x", Span(FILE, line, 1)) for line in range(8, 17)]
    text = render(everywhere, "full", sources=sources)
    assert "hunter" not in text
    assert "password: (hidden)" in text
    assert "13 | stringData:\n" not in text
    assert "12 | stringData:\n" in text


@pytest.mark.parametrize("name", ["../outside.yaml", "/etc/hostname", "link.yaml", "folder/inside.yaml", ""])
def test_only_regular_files_under_the_root_are_quoted(name, tmp_path) -> None:
    (tmp_path / "outside.yaml").write_text("outside: true\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "inside.yaml").write_text("outside: true\n")
    (root / "folder").symlink_to(tmp_path / "real")
    assert SourceLines((root,)).line(Span(name, 1, 1)) is None


def test_the_detail_is_shown_only_when_verbose(sources) -> None:
    assert "trace 1" not in render(PROBLEMS, "full", sources=sources)
    assert "trace 1" in render(PROBLEMS, "full", sources=sources, verbose=True)


@pytest.mark.parametrize(
    "place", [Span(FILE), Span(FILE, 999, 1), Span("x" * 300 + ".yaml", 1, 1), Span("large.yaml", 1, 1)], ids=str
)
def test_places_that_cannot_be_quoted_are_named_without_a_source_line(place, sources, tmp_path) -> None:
    """The places are a line beyond the end of a changed file, an invalid file name, and a file that is too large."""
    (tmp_path / "large.yaml").write_text("a: 1\n" + "x" * MAX_SOURCE)
    assert sources.line(place) is None
    text = render([Diagnostic("SF100", "m", replace(place, label="here"))], "full", sources=sources)
    assert f"--> {place} here\n" in text
    assert "^" not in text


def test_problems_without_a_place_name_their_app(sources) -> None:
    problem = Diagnostic("SF503", "could not be compiled", None, app="shop/web")
    assert "= app: shop/web\n" in render([problem], "full", sources=sources)
    assert render([problem], "concise", sources=sources) == "shop/web: SF503 could not be compiled\n"
    assert render([replace(problem, app="")], "concise", sources=sources).startswith("sixfold: ")


def test_json_has_the_detail_when_verbose_and_github_omits_an_unknown_line(sources) -> None:
    problem = Diagnostic("SF302", "no fleet", Span("environments/fleet.jsonnet"), detail="trace")
    (asked,), (not_asked,) = (json.loads(render([problem], "json", sources=sources, verbose=v)) for v in (True, False))
    assert asked == {**not_asked, "detail": "trace"}
    assert render([problem], "github", sources=sources).startswith(
        "::error file=environments/fleet.jsonnet,title=SF302::"
    )


@pytest.mark.parametrize("column", [1, 150, 400, 401, 5000])
def test_long_source_lines_are_cut_around_the_column(column, tmp_path) -> None:
    (tmp_path / "a.yaml").write_text("x" * 200 + " " + "y" * 199 + "\n")
    text = render([Diagnostic("SF100", "m", Span("a.yaml", 1, column))], "full", sources=SourceLines((tmp_path,)))
    assert max(map(len, text.splitlines())) < 260


def test_the_command_line_offers_every_format() -> None:
    assert OUTPUTS == FORMATS


@pytest.mark.parametrize(
    ("count", "text"), [((0, 0), "no findings"), ((1, 0), "1 error"), ((2, 1), "2 errors and 1 warning")]
)
def test_the_tally_counts_errors_and_warnings(count, text) -> None:
    errors, warnings = count
    problems = [PROBLEMS[0]] * errors + [PROBLEMS[2]] * warnings
    assert tally(problems) == text


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("plain, ünïcode, 東京", "plain, ünïcode, 東京"),
        ("a\x1bb", "a\\x1bb"),
        ("a\u202eb", "a\\u202eb"),
        ("\U000e0001", "\\U000e0001"),
        ("a\nb", "a\\x0ab"),
        ("\ud800", "\\ud800"),
        ("\x7f\x9b", "\\x7f\\x9b"),
    ],
)
def test_printable_escapes_characters_that_are_unsafe_in_a_terminal(given, safe) -> None:
    assert printable(given) == safe
