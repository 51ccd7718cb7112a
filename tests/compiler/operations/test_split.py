"""The split of release files of all teams into one for each team."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.release_files import read_releases
from sixfold_compiler.operations.split import apply_split, split
from tests.support.repos import tree

HEAD = "# yaml-language-server: $schema=../schema.json\napiVersion: sixfold.dev/v1\nkind: Release\nenvironment: {}\napps:\n"
PROD = HEAD.format("prod") + '  ads/ads: 3.8.2\n  # as agreed\n  shop/web: "1.0"  # steady\n'


@pytest.fixture
def root(tmp_path):
    """Return a deploy repo with release files of all teams."""
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases/prod.yaml").write_text(PROD)
    (tmp_path / "releases/dev.yaml").write_text(HEAD.format("dev").replace("apps:", "apps: {}"))
    return tmp_path


def versions(root) -> dict[str, dict[str, str]]:
    read = read_releases(root, lambda path: path.name)
    return {
        name: {key: version for file in files.values() for key, version in file.versions.items()}
        for name, files in read.items()
    }


def test_every_version_moves_to_the_file_of_its_team_with_its_comments(root) -> None:
    result = split(root)
    assert (result.removed, result.versions) == (("releases/dev.yaml", "releases/prod.yaml"), 2)
    apply_split(root, result)
    head = HEAD.replace("=../", "=../../").format("prod")
    assert {path: data.decode() for path, data in tree(root).items()} == {
        "releases/prod/ads.yaml": head + "  ads/ads: 3.8.2\n",
        "releases/prod/shop.yaml": head + '  # as agreed\n  shop/web: "1.0"  # steady\n',
    }
    assert versions(root) == {"prod": {"ads/ads": "3.8.2", "shop/web": "1.0"}}
    assert split(root).removed == (), "nothing is left to split"


def test_a_file_of_the_team_gets_the_versions_that_it_lacks(root) -> None:
    path = root / "releases/prod/shop.yaml"
    path.parent.mkdir()
    path.write_text(HEAD.format("prod") + "  shop/api: v1  # ours\n  shop/web: '1.0'\n")
    before = path.read_text()
    apply_split(root, split(root))
    assert path.read_text() == before, "it has the same version already"
    assert versions(root)["prod"] == {"ads/ads": "3.8.2", "shop/api": "v1", "shop/web": "1.0"}


def refused(root) -> list[tuple[str, str]]:
    before = tree(root)
    with pytest.raises(DiagnosticError) as caught:
        apply_split(root, split(root))
    assert tree(root) == before, "nothing is written"
    return [(problem.code, str(problem.span)) for problem in caught.value.diagnostics]


def test_two_versions_of_one_app_are_not_chosen_from(root) -> None:
    path = root / "releases/prod/shop.yaml"
    path.parent.mkdir()
    path.write_text(HEAD.format("prod") + "  shop/web: '1.1'\n")
    assert refused(root) == [("SF230", "releases/prod/shop.yaml")]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (PROD.replace("3.8.2", "3.8"), "SF202", "releases/prod.yaml:6:3"),
        (PROD.replace("prod", "dev"), "SF202", "releases/prod.yaml:4:1"),
        (PROD + "---\n" + PROD, "SF202", "releases/prod.yaml:1:1"),
        ("a: [", "SF100", "releases/prod.yaml:1:4"),
    ],
    ids=["entry", "environment", "documents", "yaml"],
)
def test_a_wrong_file_is_a_finding(text, code, place, root) -> None:
    (root / "releases/prod.yaml").write_text(text)
    ((kind, span),) = refused(root)
    assert (kind, span.rpartition(":")[0]) == (code, place.rpartition(":")[0])


def test_a_file_that_cannot_be_read_is_a_finding(root) -> None:
    (root / "releases/prod.yaml").unlink()
    (root / "releases/prod.yaml").symlink_to("/etc/hostname")
    assert refused(root) == [("SF111", "releases/prod.yaml")]
