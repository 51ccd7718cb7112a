"""Options that `drain` and `evacuate` share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
import pytest

from sixfold_compiler.cli.migration_options import MigrationOptions, migration_options


@pytest.fixture
def parse(tmp_path):
    """Return a function that parses arguments as a command with these options, and returns its values."""
    calls = []

    @click.command()
    @click.argument("name")
    @migration_options
    def command(selection, options, *, name) -> None:
        """Move NAME."""
        calls.append((selection, options, name))

    def run(*arguments: str):
        command.main(["cluster", "--fleet", str(tmp_path / "environments"), *arguments], standalone_mode=False)
        return calls.pop()

    run.help = command.help
    return run


def test_without_options_the_schedule_is_shown_in_waves_of_ten_percent(parse, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    selection, options, name = parse()
    assert (selection.fleet, selection.out, name) == (tmp_path / "environments", tmp_path / "overlays", "cluster")
    assert options == MigrationOptions(
        step=False, commit=False, no_tree=False, wait=None, kubeconfig=None, context="", timeout=600, wave="10%",
        claims=None, approved_by=None, reason="", until=None, day=None,
    )  # fmt: skip


def test_every_option_reaches_the_command(parse) -> None:
    _, options, _ = parse(
        "--commit", "--no-tree", "--wave", "5", "--claims", "keep", "--approved-by", "ada", "--reason", "old nodes",
        "--until", "2027-01-31", "--today", "2027-01-01", "--context", "mgmt", "--kubeconfig", "logins", "--timeout", "0",
    )  # fmt: skip
    assert (options.commit, options.step, options.no_tree) == (True, False, True)
    assert (options.wave, options.claims) == ("5", "keep")
    assert (options.approved_by, options.reason) == ("ada", "old nodes")
    assert (options.until, options.day) == (dt.date(2027, 1, 31), dt.date(2027, 1, 1))
    assert (options.context, options.kubeconfig, options.timeout) == ("mgmt", Path("logins"), 0)


def test_wait_means_argo_cd_unless_the_clusters_are_named(parse) -> None:
    assert [parse(*words)[1].wait for words in (("--wait",), ("--wait", "clusters"))] == ["argocd", "clusters"]


@pytest.mark.parametrize("wave", ["1", "999999", "1%", "100%"])
def test_a_wave_is_a_number_of_namespaces_or_a_percentage(parse, wave) -> None:
    assert parse("--wave", wave)[1].wave == wave


@pytest.mark.parametrize("wave", ["0", "0%", "101%", "1000000", "-5", "ten", "5 %", "1.5", ""])
def test_an_invalid_wave_is_refused(parse, wave) -> None:
    with pytest.raises(click.BadParameter, match="write a number from 1, or a percentage from 1% to 100%"):
        parse(f"--wave={wave}")


@pytest.mark.parametrize(
    "words",
    [
        ("--claims", "lose"),
        ("--wait", "nobody"),
        ("--until", "tomorrow"),
        ("--until", "2027-02-30"),
        ("--timeout", "-1"),
    ],
)
def test_an_invalid_value_is_refused(parse, words) -> None:
    with pytest.raises(click.UsageError):
        parse(*words)


def test_the_command_keeps_its_help(parse) -> None:
    assert parse.help == "Move NAME."
