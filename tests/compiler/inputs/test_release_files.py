"""Release files: which entries count, and which apps a wrong file or entry concerns."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.release_files import load_release, read_release, read_releases
from sixfold_compiler.inputs.sources import discover

RELEASE = "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: {}\napps:\n  shop/web: '1.2'\n"
PATH = "releases/prod/shop.yaml"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file below the root."""

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return write


def read(root, path=PATH):
    return read_release(root / path, root, path)


def problems_of(release) -> list[tuple[str, str, str]]:
    return [(problem.code, str(problem.span), problem.app) for problem in release.problems]


def test_a_valid_file_has_versions_with_places(write, tmp_path) -> None:
    write(PATH, RELEASE.format("prod") + "back: {shop/web: 1.3.0}\n")
    release = read(tmp_path)
    assert (release.name, release.environment, release.team) == (PATH, "prod", "shop")
    assert (release.versions, release.back) == ({"shop/web": "1.2"}, {"shop/web": "1.3.0"})
    assert (release.spans["shop/web"].file, release.spans["shop/web"].line) == (PATH, 5)
    assert (release.problems, release.refuses("shop/web")) == ((), False)


def test_a_wrong_entry_refuses_its_app_and_no_other(write, tmp_path) -> None:
    write(
        PATH, RELEASE.format("prod") + "  shop/api: bad version!\n  shop/job: 1.5\n  shop: v1\nback: {shop/cron: 1}\n"
    )
    release = read(tmp_path)
    assert release.versions == {"shop/web": "1.2"}
    assert release.refused == {"shop/api", "shop/job", "shop/cron"}
    assert [release.refuses(key) for key in ("shop/api", "shop/web")] == [True, False]
    assert sorted(problems_of(release)) == [
        ("SF202", f"{PATH}:6:3", "shop/api"),
        ("SF202", f"{PATH}:7:3", "shop/job"),
        ("SF202", f"{PATH}:8:3", "shop/*"),
        ("SF202", f"{PATH}:9:8", "shop/cron"),
    ]


def test_an_entry_of_another_team_has_no_effect_and_is_the_writers_problem(write, tmp_path) -> None:
    write(PATH, RELEASE.format("prod") + "  ads/ads: v1\nback: {pay/cards: v2}\n")
    release = read(tmp_path)
    assert release.versions == {"shop/web": "1.2"}
    assert not release.refuses("ads/ads")
    assert problems_of(release) == [("SF227", f"{PATH}:6:3", "shop/*"), ("SF227", f"{PATH}:7:8", "shop/*")]
    assert "the versions of team ads are in releases/prod/ads.yaml" in release.problems[0].help
    with pytest.raises(DiagnosticError):
        load_release(tmp_path / PATH, tmp_path, PATH)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "SF202", "the file is empty"),
        (RELEASE.format("prod") + "---\n" + RELEASE.format("prod"), "SF202", "2 documents instead of one"),
        (RELEASE.format("prod") + "other: 1\n", "SF202", "other"),
        (RELEASE.format("prod") + "  shop/web: '1.3'\n", "SF107", "shop/web"),
        (RELEASE.format("dev"), "SF202", "release file of environment 'dev'"),
        ("- prod\n", "SF202", "must be a mapping"),
        ("apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: prod\napps: [v1]\n", "SF202", "apps"),
        (None, "SF111", "it does not exist"),
        ("#" * (1024 * 1024 + 1), "SF111", "it is larger than 1024 KiB"),
    ],
)
def test_a_file_that_cannot_be_read_refuses_every_app_of_its_team(tmp_path, write, text, code, words) -> None:
    if text is not None:
        write(PATH, text)
    release = read(tmp_path)
    (problem,) = release.problems
    assert (problem.code, problem.span.file, problem.app) == (code, PATH, "shop/*")
    assert words in problem.message
    assert release.refuses("shop/anything")


def test_files_are_read_for_each_environment_and_team(write, tmp_path) -> None:
    write("apps/shop/web.yaml", "")
    write("releases/notes.txt", "")
    write("releases/prod/notes.txt", "")
    write(PATH, RELEASE.format("prod"))
    write("releases/test/shop.yaml", RELEASE.format("stage"))
    write("releases/test/pay.yml", RELEASE.format("test"))
    sources = discover((), tmp_path)
    (releases,) = sources.releases.values()
    assert {name: sorted(files) for name, files in releases.items()} == {"prod": ["shop"], "test": ["pay", "shop"]}
    assert sorted((p.code, str(p.span), p.app) for p in sources.diagnostics) == [
        ("SF202", "releases/test/pay.yml", "pay/*"), ("SF202", "releases/test/shop.yaml:3:1", "shop/*"),
    ]  # fmt: skip


def test_a_file_with_each_ending_is_no_release_file(write, tmp_path) -> None:
    write(PATH, RELEASE.format("prod"))
    write("releases/prod/shop.yml", RELEASE.format("prod"))
    release = read_releases(tmp_path, str)["prod"]["shop"]
    assert (release.unread, release.problems[0].help) == (True, "rename it to shop.yaml")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("releases/prod/shop/web.yaml", "move it to releases/prod/web.yaml, or delete it"),
        ("releases/prod/old/2026/shop.YML", "move it to releases/prod/shop.yaml, or delete it"),
        ("releases/prod.yml", "move it to releases/<environment>/<team>.yaml, or delete it"),
    ],
)
def test_a_file_in_no_folder_of_an_environment_is_a_warning_and_no_problem_of_an_app(
    write, tmp_path, path, hint
) -> None:
    write("apps/shop/web.yaml", "")
    write(path, RELEASE.format("prod"))
    write(PATH, RELEASE.format("prod"))
    write("releases/prod/notes/README.md", "")
    write("releases/.cache/prod/shop.yaml", RELEASE.format("prod"))
    sources = discover((), tmp_path)
    (problem,) = sources.diagnostics
    assert (problem.code, problem.severity, problem.app, problem.help) == ("SF202", "warning", "", hint)
    assert str(problem.span).startswith(path)
    assert sources.releases[tmp_path]["prod"]["shop"].versions == {"shop/web": "1.2"}
    assert discover((tmp_path / "apps",), tmp_path).diagnostics == (), "only a compile of everything looks at all files"


def test_an_ending_in_capitals_is_no_release_file(write, tmp_path) -> None:
    file = write("releases/prod/shop.YAML", RELEASE.format("prod"))
    release = read_releases(tmp_path, lambda path: path.name)["prod"]["shop"]
    assert (release.unread, [problem.code for problem in release.problems]) == (True, ["SF202"]), file


def test_whoever_compiles_one_manifest_reads_the_files_of_its_team(write, tmp_path) -> None:
    manifest = write("apps/shop/web.yaml", "")
    write(PATH, RELEASE.format("prod"))
    write("releases/prod/pay.yaml", "kaputt")
    sources = discover((manifest,), tmp_path)
    assert list(sources.releases[tmp_path]["prod"]) == ["shop"]
    assert sources.diagnostics == ()
    other = write("sixfold.yaml", "")
    assert list(discover((other,), tmp_path).releases[tmp_path]["prod"]) == ["pay", "shop"]


def test_a_release_file_of_all_teams_names_the_command_that_splits_it(write, tmp_path) -> None:
    write("apps/shop/web.yaml", "")
    write("releases/prod.yaml", RELEASE.format("prod"))
    with pytest.raises(DiagnosticError) as caught:
        discover((), tmp_path)
    (problem,) = caught.value.diagnostics
    assert (problem.code, str(problem.span), problem.app) == ("SF226", "releases/prod.yaml:1:1", "")
    assert "`sixfold split`" in problem.help


def test_a_folder_that_cannot_be_read_stops_the_compile(write, tmp_path, monkeypatch) -> None:
    write("apps/shop/web.yaml", "")
    write(PATH, RELEASE.format("prod"))

    def refuse(_folder):
        raise PermissionError(13, "denied")

    monkeypatch.setattr("sixfold_compiler.inputs.release_files.os.listdir", refuse)
    with pytest.raises(DiagnosticError) as caught:
        read_releases(tmp_path, lambda path: path.relative_to(tmp_path).as_posix())
    assert [(problem.code, str(problem.span)) for problem in caught.value.diagnostics] == [("SF111", "releases/prod")]


def test_a_folder_that_is_a_link_leads_nowhere_outside(write, tmp_path) -> None:
    write("outside/prod/shop.yaml", RELEASE.format("prod"))
    (tmp_path / "repo/releases").mkdir(parents=True)
    (tmp_path / "repo/releases/prod").symlink_to(tmp_path / "outside/prod")
    release = read_releases(tmp_path / "repo", str)["prod"]["shop"]
    assert (release.unread, [problem.code for problem in release.problems]) == (True, ["SF111"])
