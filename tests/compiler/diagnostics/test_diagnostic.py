"""Diagnostics of an app, suggestions, and lists of names."""

from __future__ import annotations

from sixfold_compiler.diagnostics import Diagnostic, Span, listed, nearest, suggest
from sixfold_compiler.diagnostics.render.json import record_of

NAMES = [f"app-{number:02}" for number in range(12)]


def test_a_problem_of_an_app_keeps_its_place_and_text() -> None:
    problem = Diagnostic("SF100", "text", Span("a.yaml", 2, 3), "help")
    assert problem.app == ""
    assert problem.of("shop/web").app == "shop/web"
    assert problem.of("shop/web").of("") == problem
    assert problem.of("shop/web").sort_key == problem.sort_key


def test_a_complete_file_has_no_line_and_no_column_and_comes_before_its_lines() -> None:
    assert (str(Span("a.yaml")), str(Span("a.yaml", 2, 3))) == ("a.yaml", "a.yaml:2:3")
    assert record_of(Diagnostic("SF100", "text", Span("a.yaml")))["place"] == {
        "file": "a.yaml",
        "line": 0,
        "column": 0,
        "label": "",
    }
    places = [Span("b.yaml"), Span("a.yaml", 2, 1), Span("a.yaml", 1, 9), Span("a.yaml", 1, 2), Span("a.yaml"), None]
    problems = [Diagnostic("SF100", "text", place) for place in places]
    assert [problem.span for problem in sorted(problems, key=lambda problem: problem.sort_key)] == places[::-1]


def test_suggestions_are_the_nearest_name_or_a_sample() -> None:
    assert nearest("playbak", ["playback", "ads"]) == "playback"
    assert suggest("playbak", ["playback", "ads"]) == "did you mean 'playback'?"
    assert suggest("xyz", ["playback", "ads"]) == "choose one of: ads, playback"
    assert suggest("xyz", NAMES) == f"choose one of: {', '.join(NAMES[:10])} and 2 more"
    assert suggest("xyz", []) == "none is defined yet"


def test_lists_end_after_ten() -> None:
    assert [listed(NAMES[:count]) for count in (0, 1, 2)] == ["", "app-00", "app-00 and app-01"]
    assert listed(NAMES[:10]) == f"{', '.join(NAMES[:9])} and app-09"
    assert listed(NAMES) == f"{', '.join(NAMES[:10])} and 2 more"
