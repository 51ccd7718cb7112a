"""The options that `drain` and `evacuate` share: what a person may say of a walk, and what they get for saying nothing."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from sixfold_compiler.cli.migration_options import Run, moving_options


@pytest.fixture
def said(tmp_path):
    """What a command with these options gets for some arguments: its Selection, its Run, and its own values."""
    seen = []

    @click.command()
    @click.argument("name")
    @moving_options
    def command(selection, how, *, name) -> None:
        """Walk to NAME."""
        seen.append((selection, how, name))

    def ask(*arguments: str):
        command.main(["there", "--fleet", str(tmp_path / "environments"), *arguments], standalone_mode=False)
        return seen.pop()

    ask.help = command.help
    return ask


def test_who_says_nothing_is_shown_the_walk_in_waves_of_a_tenth(said, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    selection, how, name = said()
    assert (selection.fleet, selection.out, name) == (tmp_path / "environments", tmp_path / "overlays", "there")
    assert how == Run(
        step=False, commit=False, no_tree=False, wait=None, kubeconfig=None, context="", timeout=600, wave="10%",
        claims=None, approved_by=None, reason="", until=None, today=None,
    )  # fmt: skip


def test_everything_that_is_said_arrives(said) -> None:
    _, how, _ = said(
        "--commit", "--no-tree", "--wave", "5", "--claims", "keep", "--approved-by", "ada", "--reason", "old nodes",
        "--until", "2027-01-31", "--today", "2027-01-01", "--context", "mgmt", "--kubeconfig", "logins", "--timeout", "0",
    )  # fmt: skip
    assert (how.commit, how.step, how.no_tree, how.wave, how.claims) == (True, False, True, "5", "keep")
    assert (how.approved_by, how.reason) == ("ada", "old nodes")
    assert [str(day) for day in (how.until, how.today)] == ["2027-01-31 00:00:00", "2027-01-01 00:00:00"]
    assert (how.context, how.kubeconfig, how.timeout) == ("mgmt", Path("logins"), 0)


def test_to_wait_means_for_argo_cd_unless_the_clusters_are_named(said) -> None:
    assert [said(*words)[1].wait for words in (("--wait",), ("--wait", "clusters"))] == ["argocd", "clusters"]


@pytest.mark.parametrize("wave", ["1", "999999", "1%", "100%"])
def test_a_wave_is_a_number_of_namespaces_or_a_share_of_them(said, wave) -> None:
    assert said("--wave", wave)[1].wave == wave


@pytest.mark.parametrize("wave", ["0", "0%", "101%", "1000000", "-5", "ten", "5 %", "1.5", ""])
def test_a_wave_that_is_none_is_refused_with_what_to_write(said, wave) -> None:
    with pytest.raises(click.BadParameter, match="write a number from 1, or a percentage from 1% to 100%"):
        said(f"--wave={wave}")


@pytest.mark.parametrize(
    "words", [("--claims", "lose"), ("--wait", "nobody"), ("--until", "tomorrow"), ("--timeout", "-1")]
)
def test_a_word_that_is_none_of_the_choices_is_refused(said, words) -> None:
    with pytest.raises(click.UsageError):
        said(*words)


def test_the_commands_own_help_stays(said) -> None:
    assert said.help == "Walk to NAME."
