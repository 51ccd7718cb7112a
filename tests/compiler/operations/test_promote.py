"""Promotion: the versions that change, the file that gets them, and what cannot be promoted."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations.promote import promotion, read_release

HEAD = "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: {}\napps:\n"
ADS = HEAD.format("staging") + '  ads/api: "3"\n'
STAGING = HEAD.format("staging") + '  shop/api: "2"\n  shop/web: "1.1"  # the new one\n'
PROD = HEAD.format("prod") + '  shop/api: "2"\n  shop/web: "1.0"  # steady\n'
PATH = "releases/prod/shop.yaml"


@pytest.fixture
def root(tmp_path):
    """Return a deploy repo in which staging is ahead of prod."""
    for name, text in (("staging/ads", ADS), ("staging/shop", STAGING), ("prod/shop", PROD)):
        path = tmp_path / "releases" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def changes(result) -> list[tuple[str, str, str]]:
    return [(str(change.app), change.before, change.after) for change in result.changes]


def findings(root, *arguments, **options) -> list[tuple[str, str, str]]:
    with pytest.raises(DiagnosticError) as caught:
        promotion(root, *arguments, **options)
    return [(problem.code, str(problem.span or ""), problem.help) for problem in caught.value.diagnostics]


def test_all_versions_that_differ_are_promoted_into_the_files_of_their_teams(root) -> None:
    result = promotion(root, "staging", "prod", ())
    assert changes(result) == [("ads/api", "", "3"), ("shop/web", "1.0", "1.1")]
    assert {path: data.decode() for path, data in result.files.items()} == {
        "releases/prod/ads.yaml": HEAD.format("prod") + '  ads/api: "3"\n',
        PATH: PROD.replace('"1.0"', '"1.1"'),
    }
    assert (root / PATH).read_text() == PROD, "nothing is written"


@pytest.mark.parametrize("names", [("web",), ("shop/web",), ("web", "shop/web")])
def test_an_app_is_promoted_alone_and_once(names, root) -> None:
    assert changes(promotion(root, "staging", "prod", names)) == [("shop/web", "1.0", "1.1")]


def test_apps_that_are_asked_for_keep_their_order(root) -> None:
    assert [app for app, *_ in changes(promotion(root, "staging", "prod", ("web", "ads/api")))] == [
        "shop/web", "ads/api",
    ]  # fmt: skip


def test_an_equal_version_is_no_change_and_leaves_the_file(root) -> None:
    result = promotion(root, "staging", "prod", ("shop/api",))
    assert (result.changes, result.files) == ((), {})


def test_an_environment_without_a_release_file_gets_one(root) -> None:
    result = promotion(root, "staging", "qa", ("web",))
    assert [(change.before, change.after) for change in result.changes] == [("", "1.1")]
    (root / "releases/qa").mkdir()
    (root / "releases/qa/shop.yaml").write_bytes(result.files["releases/qa/shop.yaml"])
    release = read_release(root, "qa", "shop")
    assert (release.environment, release.versions) == ("qa", {"shop/web": "1.1"})
    assert read_release(root, "dev", "shop") is None


def test_an_older_version_is_noted_as_left_only_if_that_is_meant(root) -> None:
    forward = promotion(root, "staging", "prod", ("web",), back=True)
    assert b"back" not in forward.files[PATH], "it does not go back"
    assert b"back" not in promotion(root, "prod", "staging", ("web",)).files["releases/staging/shop.yaml"]
    data = promotion(root, "prod", "staging", ("web",), back=True).files["releases/staging/shop.yaml"]
    assert data.decode() == STAGING.replace('"1.1"', '"1.0"') + 'back:\n  shop/web: "1.1"\n'
    (root / "releases/staging/shop.yaml").write_bytes(data)
    (root / PATH).write_text(PROD.replace('"1.0"', '"1.2"'))
    again = promotion(root, "prod", "staging", ("web",)).files["releases/staging/shop.yaml"]
    assert again.decode() == STAGING.replace('"1.1"', '"1.2"'), "the next version needs no leave"


@pytest.mark.parametrize(
    ("source", "apps", "code", "place", "help_text"),
    [
        ("prod", (), "SF233", "", "name two different environments"),
        ("stagin", (), "SF231", "releases/stagin", "did you mean 'staging'?"),
        ("staging", ("shop/wbe",), "SF232", "releases/staging", "did you mean 'shop/web'?"),
        ("staging", ("api",), "SF232", "releases/staging", "write TEAM/APP"),
        ("staging", ("adz/api",), "SF232", "releases/staging", "did you mean 'ads/api'?"),
    ],
)
def test_what_cannot_be_promoted_is_a_finding(source, apps, code, place, help_text, root) -> None:
    assert findings(root, source, "prod", apps) == [(code, place, help_text)]


@pytest.mark.parametrize(
    ("line", "code"), [("  shop/web: 1\n", "SF202"), ('  ads/api: "4"\n', "SF227")], ids=["wrong", "of another team"]
)
def test_a_file_with_a_wrong_entry_stops_its_own_team_alone(line, code, root) -> None:
    (root / PATH).write_text(HEAD.format("prod") + line)
    assert [kind for kind, *_ in findings(root, "staging", "prod", ("web",))] == [code]
    assert [kind for kind, *_ in findings(root, "prod", "staging", ())] == [code]
    assert changes(promotion(root, "staging", "prod", ("ads/api",))) == [("ads/api", "", "3")]


def test_a_release_file_of_all_teams_must_be_split_first(root) -> None:
    (root / "releases/prod.yaml").write_text(PROD)
    ((code, place, help_text),) = findings(root, "staging", "prod", ())
    assert (code, place, "`sixfold split`" in help_text) == ("SF226", "releases/prod.yaml:1:1", True)
