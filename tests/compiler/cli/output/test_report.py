"""Findings and messages: data to stdout, a total to stderr, colors on terminals alone, and paths in short."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from sixfold_compiler.cli.output.report import colored, note, show, shown
from sixfold_compiler.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from pathlib import Path

ERROR = Diagnostic("SF204", "spec.replica is wrong", Span("a.yaml", 2, 1), detail="a raw trace")
WARNING = Diagnostic("SF624", "careful", Span("a.yaml", 1, 1), severity="warning")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return the current folder, which has the file of the findings."""
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("spec:\n  replica: 3\n")
    return tmp_path


@pytest.mark.parametrize(("findings", "code"), [([], 0), ([WARNING], 0), ([WARNING, ERROR], 1)])
def test_the_result_is_the_exit_code(findings, code, folder) -> None:
    assert show(findings) == code


@pytest.mark.parametrize(("output", "totals"), [("full", 1), ("concise", 1), ("json", 0), ("github", 0)])
def test_formats_for_people_have_a_total_beside_the_findings(output, totals, folder, capsys) -> None:
    show([ERROR, WARNING], output)
    printed = capsys.readouterr()
    assert "SF204" in printed.out
    assert printed.err == "Found 1 error and 1 warning.\n" * totals
    show([], output)
    assert capsys.readouterr().err == ""


def test_findings_go_to_stderr_where_stdout_has_other_data(folder, capsys) -> None:
    show([ERROR], "concise", err=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("a.yaml:2:1")


def test_a_message_goes_to_stderr(capsys) -> None:
    note("Nothing changed.")
    assert capsys.readouterr() == ("", "Nothing changed.\n")


def test_raw_traces_are_shown_on_request(folder, capsys) -> None:
    show([ERROR])
    assert "a raw trace" not in capsys.readouterr().out
    show([ERROR], verbose=True)
    assert "a raw trace" in capsys.readouterr().out


def test_lines_are_quoted_from_the_current_folder_and_from_the_given_ones(folder, capsys, monkeypatch) -> None:
    show([ERROR])
    assert "replica: 3" in capsys.readouterr().out
    (folder / "empty").mkdir()
    monkeypatch.chdir(folder / "empty")
    show([ERROR])
    assert "replica: 3" not in capsys.readouterr().out
    show([ERROR], roots=(folder,))
    assert "replica: 3" in capsys.readouterr().out


def test_in_a_workflow_files_are_named_from_its_checkout(folder, capsys, monkeypatch) -> None:
    (folder / "deploy").mkdir()
    monkeypatch.chdir(folder / "deploy")
    for workspace, place in ((folder, "deploy/a.yaml"), (folder / "other", "a.yaml")):
        monkeypatch.setenv("GITHUB_WORKSPACE", str(workspace))
        show([ERROR], "github")
        assert f"file={place}," in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    show([ERROR], "concise")
    assert capsys.readouterr().out.startswith("a.yaml:")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "expected"),
    [
        (Terminal, {}, True),
        (Terminal, {"NO_COLOR": ""}, True),
        (Terminal, {"NO_COLOR": "1"}, False),
        (Terminal, {"TERM": "dumb"}, False),
        (io.StringIO, {}, False),
    ],
)
def test_colors_are_for_terminals_that_show_them(stream, variables, expected, monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colored(stream()) is expected


def test_findings_have_colors_on_a_terminal(folder, monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for stream, escapes in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stdout", stream)
        show([ERROR])
        assert ("\x1b[" in stream.getvalue()) is escapes


def test_json_on_stdout_can_be_read_in_the_order_of_lines(folder, capsys) -> None:
    show([ERROR, WARNING], "json")
    assert [record["code"] for record in json.loads(capsys.readouterr().out)] == ["SF624", "SF204"]


def test_a_path_is_shown_from_the_current_folder_or_by_its_name(folder) -> None:
    assert shown(folder) == "."
    assert shown(folder / "apps" / "web.yaml") == "apps/web.yaml"
    assert shown(folder.parent / "fleet") == "fleet"
