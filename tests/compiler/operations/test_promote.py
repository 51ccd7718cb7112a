"""Promotion: the versions that change, the file that gets them, and what cannot be promoted."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations.promote import promotion, read_release, release_path

HEAD = "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: {}\napps:\n"
STAGING = HEAD.format("staging") + '  ads/api: "3"\n  shop/api: "2"\n  shop/web: "1.1"  # the new one\n'
PROD = HEAD.format("prod") + '  shop/api: "2"\n  shop/web: "1.0"  # steady\n'


@pytest.fixture
def root(tmp_path):
    """Return a deploy repo in which staging is ahead of prod."""
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "staging.yaml").write_text(STAGING)
    (tmp_path / "releases" / "prod.yaml").write_text(PROD)
    return tmp_path


def changes(result) -> list[tuple[str, str, str]]:
    return [(str(change.app), change.before, change.after) for change in result.changes]


def test_all_versions_that_differ_are_promoted_by_app(root) -> None:
    result = promotion(root, "staging", "prod", ())
    assert result.path == "releases/prod.yaml"
    assert changes(result) == [("ads/api", "", "3"), ("shop/web", "1.0", "1.1")]
    assert result.data.decode() == HEAD.format("prod") + (
        '  ads/api: "3"\n  shop/api: "2"\n  shop/web: "1.1"  # steady\n'
    )
    assert (root / "releases" / "prod.yaml").read_text() == PROD, "nothing is written"


@pytest.mark.parametrize("names", [("web",), ("shop/web",), ("web", "shop/web")])
def test_an_app_is_promoted_alone_and_once(names, root) -> None:
    assert changes(promotion(root, "staging", "prod", names)) == [("shop/web", "1.0", "1.1")]


def test_apps_that_are_asked_for_keep_their_order(root) -> None:
    assert [app for app, *_ in changes(promotion(root, "staging", "prod", ("web", "ads/api")))] == [
        "shop/web", "ads/api",
    ]  # fmt: skip


def test_an_equal_version_is_no_change_and_leaves_the_file(root) -> None:
    result = promotion(root, "staging", "prod", ("shop/api",))
    assert (result.changes, result.data.decode()) == ((), PROD)


def test_an_environment_without_a_release_file_gets_one(root) -> None:
    result = promotion(root, "staging", "qa", ("web",))
    assert result.path == release_path("qa") == "releases/qa.yaml"
    assert [(change.before, change.after) for change in result.changes] == [("", "1.1")]
    (root / "releases" / "qa.yaml").write_bytes(result.data)
    release = read_release(root, "qa")
    assert (release.environment, release.versions) == ("qa", {"shop/web": "1.1"})
    assert read_release(root, "dev") is None


@pytest.mark.parametrize(
    ("source", "apps", "code", "place", "help_text"),
    [
        ("prod", (), "SF233", "", "name two different environments"),
        ("stagin", (), "SF231", "releases/stagin.yaml", "did you mean 'staging'?"),
        ("staging", ("shop/wbe",), "SF232", "releases/staging.yaml", "did you mean 'shop/web'?"),
        ("staging", ("api",), "SF232", "releases/staging.yaml", "write TEAM/APP"),
    ],
)
def test_what_cannot_be_promoted_is_a_finding(source, apps, code, place, help_text, root) -> None:
    with pytest.raises(DiagnosticError) as caught:
        promotion(root, source, "prod", apps)
    (problem,) = caught.value.diagnostics
    assert (problem.code, str(problem.span or ""), problem.help) == (code, place, help_text)


def test_an_invalid_release_file_is_a_finding(root) -> None:
    (root / "releases" / "prod.yaml").write_text(HEAD.format("prod") + "  shop/web: 1\n")
    with pytest.raises(DiagnosticError) as caught:
        promotion(root, "staging", "prod", ())
    assert [problem.code for problem in caught.value.diagnostics] == ["SF202"]
