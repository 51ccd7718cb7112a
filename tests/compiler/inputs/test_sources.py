"""The search for manifests and release files: which files count, for which app, and below which root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.model.addresses import AppKey


def write(top: Path, *paths: str) -> None:
    for path in paths:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text("")


def shown(sources) -> list[str]:
    return [manifest.name for manifest in sources.manifests]


def test_manifests_are_the_yaml_files_in_the_folders_of_teams(tmp_path) -> None:
    write(tmp_path, "apps/shop/web.yaml", "apps/pay/cards.yaml", "group/apps/shop/api.yaml")
    write(
        tmp_path,
        "apps/none.yaml",
        "apps/shop/notes.txt",
        "apps/shop/files/x.yaml",
        "apps/shop/apps/pay/x.yaml",
        "other/shop/x.yaml",
        "x.yaml",
    )
    write(tmp_path, ".git/apps/shop/x.yaml", "venv/apps/shop/x.yaml", "node_modules/apps/shop/x.yaml")
    write(tmp_path, "overlays/apps/shop/x.yaml")
    sources = discover((), tmp_path, tmp_path / "overlays")
    assert [(m.name, str(m.key), m.root) for m in sources.manifests] == [
        ("apps/pay/cards.yaml", "pay/cards", tmp_path),
        ("apps/shop/web.yaml", "shop/web", tmp_path),
        ("group/apps/shop/api.yaml", "shop/api", tmp_path / "group"),
    ]
    assert (sources.complete, sources.diagnostics, sources.hidden, sources.hidden_teams) == (True, (), set(), set())


def test_the_overlay_tree_is_searched_unless_it_is_excluded(tmp_path) -> None:
    write(tmp_path, "overlays/apps/shop/x.yaml")
    assert shown(discover((), tmp_path)) == ["overlays/apps/shop/x.yaml"]


def test_with_paths_the_search_is_not_complete_and_a_file_is_read_once(tmp_path) -> None:
    write(tmp_path, "apps/shop/web.yaml", "apps/pay/cards.yaml")
    paths = (tmp_path / "apps" / "shop", tmp_path / "apps" / "shop" / "web.yaml")
    sources = discover(paths, tmp_path)
    assert (shown(sources), sources.complete) == (["apps/shop/web.yaml"], False)


def test_a_path_that_does_not_exist_is_an_error(tmp_path) -> None:
    with pytest.raises(DiagnosticError, match="SF201"):
        discover((tmp_path / "apps",), tmp_path)


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path, monkeypatch) -> None:
    """Its apps would count as removed. The test refuses it, since root may read every folder."""
    write(tmp_path, "apps/shop/web.yaml")
    listed = os.scandir

    def refuse(path):
        if Path(path).name == "shop":
            raise PermissionError(13, "refused", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DiagnosticError) as failed:
        discover((), tmp_path)
    (problem,) = failed.value.diagnostics
    assert (problem.code, problem.span.file) == ("SF111", "apps/shop")
    assert problem.message == "cannot read the folder: this user may not read it"


@pytest.mark.parametrize(
    ("link", "app", "hidden", "visible"),
    [
        ("apps/shop/api.yaml", "shop/api", ["shop/api"], ["shop/web", "pay/cards"]),
        ("apps/search", "search/*", ["search/index"], ["shop/web", "pay/cards"]),
        ("group/apps", "", [], ["shop/web", "pay/cards"]),
        ("apps/shop/files", None, [], ["shop/web"]),
        ("elsewhere", None, [], ["shop/web"]),
    ],
)
def test_links_are_not_followed_and_hide_the_apps_that_they_may_have(tmp_path, link, app, hidden, visible) -> None:
    top = tmp_path / "repo"
    write(top, "apps/shop/web.yaml", "group/x")
    write(tmp_path, "away/apps/shop/x.yaml", "away/shop/x.yaml", "away/x.yaml")
    (top / link).symlink_to(tmp_path / "away" / "x.yaml" if link.endswith(".yaml") else tmp_path / "away")
    sources = discover((), top)
    assert shown(sources) == ["apps/shop/web.yaml"]
    assert [(d.code, d.span.file, d.app) for d in sources.diagnostics] == (
        [] if app is None else [("SF111", link, app)]
    )
    if app is not None:
        name = link.rpartition("/")[2]
        assert sources.diagnostics[0].message == f"{name} is a symbolic link, which is not followed"
    assert all(sources.hides(AppKey(*key.split("/"))) for key in hidden)
    assert not any(sources.hides(AppKey(*key.split("/"))) for key in visible)


def test_a_file_that_ends_in_yml_is_a_problem_of_its_app(tmp_path) -> None:
    write(tmp_path, "apps/shop/web.yml", "apps/shop/api.yaml")
    sources = discover((), tmp_path)
    assert shown(sources) == ["apps/shop/api.yaml"]
    (problem,) = sources.diagnostics
    assert (problem.code, problem.app, problem.span.file) == ("SF203", "shop/web", "apps/shop/web.yml")
    assert "web.yaml" in problem.help
    assert sources.hides(AppKey("shop", "web"))


@pytest.mark.parametrize(
    ("folders", "file", "root"),
    [
        (["releases"], "apps/shop/web.yaml", "."),
        (["apps/shop/releases"], "apps/shop/web.yaml", "."),
        (["releases"], "app/sixfold.yaml", "."),
        (["app/releases", "releases"], "app/sixfold.yaml", "app"),
        (["releases", "app/.git"], "app/sixfold.yaml", "app"),
        (["releases", "app/.git"], "app/deploy/sixfold.yaml", "app/deploy"),
        (["app/releases", "app/.git"], "app/deploy/sixfold.yaml", "app"),
    ],
)
def test_a_named_file_belongs_to_the_nearest_folder_with_releases_in_its_checkout(
    tmp_path, folders, file, root
) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    write(tmp_path, file)
    (manifest,) = discover((tmp_path / file,), tmp_path).manifests
    assert manifest.root == (tmp_path / root).resolve()
    assert manifest.key == (AppKey("shop", "web") if file.startswith("apps/") else None)


def test_names_are_relative_to_the_working_folder_or_the_base_or_the_last_part(tmp_path, monkeypatch) -> None:
    write(tmp_path, "repo/apps/shop/web.yaml", "repo/app.yaml", "app.yaml")
    monkeypatch.chdir(tmp_path / "repo" / "apps")
    assert shown(discover((tmp_path / "repo" / "apps" / "shop",), tmp_path)) == ["shop/web.yaml"]
    assert shown(discover((tmp_path / "repo" / "app.yaml",), tmp_path / "repo")) == ["app.yaml"]
    assert shown(discover((tmp_path / "app.yaml",), tmp_path / "repo")) == ["app.yaml"]
    monkeypatch.chdir(tmp_path)
    assert shown(discover((tmp_path / "repo" / "app.yaml",), tmp_path / "repo")) == ["repo/app.yaml"]


MANIFEST = "apiVersion: sixfold.dev/v1\nkind: App\n"


@pytest.mark.parametrize("name", ["web.YAML", "web.Yml", "web.yml", "web.yaml/config.txt"])
def test_what_only_looks_like_a_manifest_is_a_problem_of_its_app(tmp_path, name) -> None:
    write(tmp_path, f"apps/shop/{name}", "apps/shop/api.yaml", "apps/shop/files/x.yaml", "apps/shop/a.json")
    sources = discover((), tmp_path)
    (problem,) = sources.diagnostics
    assert (problem.code, problem.app, problem.severity) == ("SF203", "shop/web", "error")
    assert problem.help == "make it the file apps/shop/web.yaml"
    assert (shown(sources), sources.hides(AppKey("shop", "web"))) == (["apps/shop/api.yaml"], True)


@pytest.mark.parametrize(
    ("path", "app"),
    [("apps/shop/sub/web.yaml", "shop/web"), ("apps/shop/a/b/web.yml", "shop/web"), ("apps/web.yaml", "")],
)
def test_a_manifest_in_another_folder_below_apps_is_a_problem(tmp_path, path, app) -> None:
    write(tmp_path, "apps/shop/api.yaml", path)
    assert discover((), tmp_path).diagnostics == (), "other YAML files are configs"
    (tmp_path / path).write_text(MANIFEST)
    sources = discover((), tmp_path)
    (problem,) = sources.diagnostics
    assert (problem.code, problem.app, problem.span.file, shown(sources)) == (
        "SF203",
        app,
        path,
        ["apps/shop/api.yaml"],
    )
    assert "because it is not directly in the folder of its team" in problem.message
    assert sources.hides(AppKey("shop", "web")) == bool(app)
    (tmp_path / path).write_text("#" * 5000 + "\n" + MANIFEST)
    assert discover((), tmp_path).diagnostics == ()
