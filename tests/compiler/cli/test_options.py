"""Approvals from the options of a command."""

from __future__ import annotations

import datetime as dt
import re

import click
import pytest
from click.testing import CliRunner

from sixfold_compiler.cli.group import cli
from sixfold_compiler.cli.options import MIN_REASON, approval_of, today
from sixfold_compiler.model.tombstone import Tombstone
from tests.support.git import git

REASON = "replaced by dc1-d"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("GIT_AUTHOR_EMAIL", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    git(tmp_path, "init", "--quiet")
    return tmp_path


def test_an_approval_lasts_seven_days_unless_a_day_is_given(root) -> None:
    assert approval_of(root, "ada", REASON, None).until == (today() + dt.timedelta(days=7)).isoformat()
    assert approval_of(root, "ada", REASON, today()).until == today().isoformat()


def test_an_expired_approval_is_refused(root) -> None:
    with pytest.raises(click.UsageError, match=r"--until: .* has passed"):
        approval_of(root, "ada", REASON, today() - dt.timedelta(days=1))


def test_the_approver_is_the_identity_of_the_repo_unless_one_is_named(root, monkeypatch) -> None:
    with pytest.raises(click.UsageError, match="--approved-by"):
        approval_of(root, None, REASON, None)
    git(root, "config", "user.email", "ada@example.com")
    assert approval_of(root, None, REASON, None).approved_by == "ada@example.com"
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "ci@example.com")
    assert approval_of(root, None, REASON, None).approved_by == "ci@example.com"
    assert approval_of(root, "bob", REASON, None).approved_by == "bob"


def test_without_git_the_approver_must_be_named(root, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(click.UsageError, match="--approved-by"):
        approval_of(root, None, REASON, None)


def test_the_shortest_reason_is_the_one_that_a_tombstone_accepts(root) -> None:
    shortest = "x" * MIN_REASON
    approval = approval_of(root, "ada", shortest, None)
    Tombstone.model_validate({"team": "ads", "approvedBy": "ada", "reason": approval.reason, "until": approval.until})
    with pytest.raises(click.UsageError, match="--reason"):
        approval_of(root, "ada", shortest[1:], None)


def test_the_help_of_folders_names_their_variables() -> None:
    result = CliRunner().invoke(cli, ["compile", "--help"])
    variables = re.findall(r"\[env var: (\w+)\]", " ".join(result.output.split()))
    assert {"SIXFOLD_FLEET", "SIXFOLD_OUT"} <= set(variables)
