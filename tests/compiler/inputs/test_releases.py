"""Edits of release files: only the lines of changed versions differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.releases import (
    new_release,
    split_by_team,
    unknown_releases,
    versions_of,
    with_versions,
    without_versions,
)
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.model.release import Release
from sixfold_compiler.yaml.loader import load_documents
from tests.support.repos import Inline

FILE = b"""\
# What runs in prod.
apiVersion: sixfold.dev/v1
kind: Release
environment: prod
apps:
  # the shop
  cart/cartservice: "0.10" # pinned: see the incident of May
  shop/frontend: 'v2'

  # streaming
  video/player: 1.4.2
"""


def test_only_the_versions_line_changes() -> None:
    changed = with_versions(FILE, {"video/player": "1.4.3"})
    assert changed == FILE.replace(b"1.4.2", b"1.4.3")


def test_quotes_and_comment_of_the_old_version_stay() -> None:
    changed = with_versions(FILE, {"cart/cartservice": "0.11", "shop/frontend": "v3"})
    assert changed == FILE.replace(b'"0.10"', b'"0.11"').replace(b"'v2'", b"'v3'")


def test_a_new_app_is_inserted_in_sorted_order() -> None:
    changed = with_versions(FILE, {"shop/checkout": "1.0.0"})
    assert changed == FILE.replace(b"  shop/frontend", b"  shop/checkout: 1.0.0\n  shop/frontend")


@pytest.mark.parametrize(
    "version", ["1.10", "2026", "1e3", "0x1F", "007", "true", "null", "12:30", "1_000", "sha256:" + "0" * 64]
)
def test_a_version_that_yaml_reads_as_another_type_is_quoted(version) -> None:
    (document,) = load_documents(with_versions(new_release("dev"), {"a/b": version}), "dev.yaml")
    assert document.value["apps"] == {"a/b": version}


def test_the_same_versions_give_the_same_bytes() -> None:
    assert with_versions(FILE, {"video/player": "1.4.2", "cart/cartservice": "0.10"}) == FILE


keys = st.from_regex(r"[a-z][a-z0-9]{0,5}/[a-z][a-z0-9-]{0,5}[a-z]", fullmatch=True)
versions = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,12}", fullmatch=True)


@given(st.dictionaries(keys, versions, max_size=6), st.dictionaries(keys, versions, max_size=6))
def test_written_versions_are_read_back(before, after) -> None:
    data = with_versions(with_versions(new_release("prod"), before), after)
    (document,) = load_documents(data, "prod.yaml")
    assert Release.model_validate(document.value).apps == before | after


@pytest.mark.parametrize("key", ["cart/cartservice", "shop/frontend", "video/player"])
def test_removing_a_version_deletes_its_line_and_no_comment_of_another(key) -> None:
    lines = FILE.decode().splitlines(keepends=True)
    assert without_versions(FILE, [key, "shop/never"]).decode() == "".join(line for line in lines if key not in line)


def test_without_apps_the_comments_stay_and_the_file_is_valid() -> None:
    left = without_versions(FILE, ["cart/cartservice", "shop/frontend", "video/player"])
    assert left.decode().split("apps:")[1] == " {}\n  # the shop\n\n  # streaming\n"
    (document,) = load_documents(left, "prod.yaml")
    assert Release.model_validate(document.value).apps == {}


def test_removing_an_unknown_app_changes_nothing() -> None:
    assert without_versions(FILE, ["shop/never"]) == FILE
    assert without_versions(new_release("dev"), ["shop/never"]) == new_release("dev")


def test_line_endings_and_the_start_of_the_file_stay() -> None:
    """The file has a byte order mark, a document start, indents of four, CRLF, and no newline at its end."""
    text = FILE.replace(b"\n  ", b"\n    ").replace(b"\n", b"\r\n")
    data = b"\xef\xbb\xbf---\r\n" + text.rstrip()
    changed = with_versions(data, {"video/player": "1.4.3", "shop/checkout": "1.0.0", "web/a": "v1", "web/b": "v2"})
    checkout = b"    shop/checkout: 1.0.0\r\n    shop/frontend"
    last = b"1.4.3\r\n    web/a: v1\r\n    web/b: v2\r\n"
    assert changed == data.replace(b"    shop/frontend", checkout).replace(b"1.4.2", last)
    assert without_versions(changed, ["shop/checkout", "web/a", "web/b"]).rstrip() == data.replace(b"1.4.2", b"1.4.3")


def test_a_new_first_app_gets_no_comment_of_the_others() -> None:
    assert with_versions(FILE, {"ads/ads": "v1"}) == FILE.replace(b"apps:\n", b"apps:\n  ads/ads: v1\n")


ODD = {
    "on one line": b"{apiVersion: sixfold.dev/v1, kind: Release, environment: dev, apps: {a/a: '1', b/b: \"2\"}}\n",
    "a line for all apps": b"---\napiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\napps: {a/a: '1', b/b: \"2\"} # all\n",
    "a line for the value": b"apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\napps:\n  # all\n  a/a:\n    '1'\n  b/b: \"2\"\n",
    "a quoted key": b"apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\n\"apps\":\n  # all\n  a/a: '1'\n  b/b: \"2\"\n",
    "no apps": b"apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\n",
    "an empty map with a comment": b"apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: dev\napps:\n  # none yet\n  {}\n",
}  # fmt: skip


def apps_of(data: bytes) -> dict[str, str]:
    (document,) = load_documents(data, "dev.yaml")
    return Release.model_validate(document.value).apps


@pytest.mark.parametrize("written", ODD)
def test_unusual_spellings_are_rewritten_with_the_same_meaning(written) -> None:
    data = ODD[written]
    before = apps_of(data)
    changed = with_versions(data, {"a/a": "1.10", "b/b": "2", "c/c": "3.0"})
    assert apps_of(changed) == {"a/a": "1.10", "b/b": "2", "c/c": "3.0"}
    assert changed.startswith(b"---") == data.startswith(b"---")
    assert apps_of(without_versions(data, ["a/a"])) == {key: version for key, version in before.items() if key != "a/a"}
    assert apps_of(without_versions(data, ["a/a", "b/b"])) == {}
    assert (b"'1.10'" in changed) == bool(before), "in the quotes of the version before it"


lines = st.sampled_from(["", "  # of the team", "# at the edge", "      # deep", " "])
styles = st.sampled_from(["{}", "'{}'", '"{}" # pinned', "{}  # soon"])


@given(
    st.dictionaries(keys, versions.map("v{}".format), min_size=1, max_size=6),
    st.dictionaries(keys, versions.map("v{}".format), max_size=3),
    st.data(),
)
def test_only_the_lines_of_changed_versions_change(before, added, data) -> None:
    text = ["apiVersion: sixfold.dev/v1", "kind: Release", "environment: prod", "apps:"]
    for key, version in before.items():
        text += [*data.draw(st.lists(lines, max_size=2)), f"  {key}: {data.draw(styles).format(version)}"]
    text += data.draw(st.lists(lines, max_size=2))
    file = "\n".join([*text, ""]).encode()
    gone = data.draw(st.lists(st.sampled_from(sorted(before)), max_size=3))
    changed, less = with_versions(file, added), without_versions(file, gone)
    assert apps_of(changed) == before | added
    assert apps_of(less) == {key: version for key, version in before.items() if key not in gone}
    touched = tuple(f"  {key}:" for key in {*added, *gone})
    assert [line for line in changed.decode().split("\n")[:-1] if not line.startswith(touched)] == [
        line for line in text if not line.startswith(touched) or line.partition(":")[0].strip() not in {*added, *gone}
    ]
    kept = [line.removesuffix(" {}") for line in less.decode().split("\n")[:-1]]
    assert kept == [line for line in text if line.partition(":")[0].strip() not in gone]


def test_a_rewritten_file_breaks_no_line() -> None:
    data = ODD["a line for all apps"].replace(b"dev\n", b"dev # " + b"because " * 300 + b"of it\n")
    many = {f"team/app-{number:03}": "1.0.0" for number in range(200)}
    changed = with_versions(data, many)
    assert apps_of(changed) == {"a/a": "1", "b/b": "2", **many}
    assert changed.count(b"\n") == data.count(b"\n")


def test_the_versions_of_an_app_are_by_environment_with_their_places(fresh) -> None:
    fresh.write("releases/prod/shop.yaml", FILE.replace(b"shop/frontend", b"shop/web"))
    fresh.write("releases/dev/shop.yaml", new_release("dev"))
    sources = discover((), fresh.folder)
    (manifest,) = (file for file in sources.manifests if str(file.key) == "shop/web")
    (environment, version), *others = versions_of(sources, manifest).items()
    assert (environment, version.version, others) == ("prod", "v2", [])
    assert (version.span.line, version.span.file) == (8, "releases/prod/shop.yaml")


def test_release_files_of_unknown_environments_and_teams_are_warnings(fresh) -> None:
    for place in ("prod/shop", "prd/shop", "prod/shp"):
        fresh.write(f"releases/{place}.yaml", new_release(place.partition("/")[0]))
    fleet = load_fleet(fresh.folder / "environments", Inline())
    problems = sorted(unknown_releases(fleet, discover((), fresh.folder)), key=lambda problem: problem.sort_key)
    assert [(p.code, p.severity, str(p.span), p.help) for p in problems] == [
        ("SF202", "warning", "releases/prd/shop.yaml:1:1", "did you mean 'prod'?"),
        ("SF202", "warning", "releases/prod/shp.yaml:1:1", "did you mean 'shop'?"),
    ]


def parts(data: bytes) -> dict[str, str]:
    return {team: part.decode() for team, part in split_by_team(data).items()}


def test_a_split_gives_each_team_the_head_and_its_lines_with_their_comments() -> None:
    head = FILE.decode().partition("  # the shop")[0]
    assert parts(FILE + b"# the end\n") == {
        "cart": head + '  # the shop\n  cart/cartservice: "0.10" # pinned: see the incident of May\n',
        "shop": head + "  shop/frontend: 'v2'\n",
        "video": head + "\n  # streaming\n  video/player: 1.4.2\n# the end\n",
    }


@pytest.mark.parametrize("written", ODD)
def test_a_split_of_unusual_spellings_loses_no_entry(written) -> None:
    data = ODD[written]
    parsed = {team: apps_of(part) for team, part in split_by_team(data).items()}
    assert parsed == {key[0]: {key: version} for key, version in apps_of(data).items()}


def test_keys_after_the_apps_are_in_every_part() -> None:
    data = b"apiVersion: sixfold.dev/v1\nkind: Release\napps:\n  a/a: '1'\n  b/b: '2'\nenvironment: dev\n"
    assert {team: apps_of(part) for team, part in split_by_team(data).items()} == {"a": {"a/a": "1"}, "b": {"b/b": "2"}}
    moved = with_versions(data, {"a/a": "0"}, {"a/a": "1"})
    assert parts(moved)["a"].count("back") == 1
    assert "back" not in parts(moved)["b"]


@given(st.dictionaries(keys, versions.map("v{}".format), min_size=1, max_size=8), st.data())
def test_a_split_keeps_every_entry_and_every_line(entries, data) -> None:
    text = ["apiVersion: sixfold.dev/v1", "kind: Release", "environment: prod", "apps:"]
    for key, version in entries.items():
        text += [*data.draw(st.lists(lines, max_size=2)), f"  {key}: {data.draw(styles).format(version)}"]
    text += data.draw(st.lists(lines, max_size=2))
    split = split_by_team("\n".join([*text, ""]).encode())
    parsed = {key: version for part in split.values() for key, version in apps_of(part).items()}
    assert parsed == entries
    assert all(key.startswith(f"{team}/") for team, part in split.items() for key in apps_of(part))
    assert sorted(line for part in split.values() for line in part.decode().split("\n")[4:-1]) == sorted(text[4:])


LEFT = b"back:\n  shop/frontend: v3\n"


def test_the_version_that_an_app_leaves_is_written_and_removed_with_its_next_one() -> None:
    back = with_versions(FILE, {"shop/frontend": "v1"}, {"shop/frontend": "v2"})
    assert back == FILE.replace(b"'v2'", b"'v1'") + b"back:\n  shop/frontend: v2\n"
    further = with_versions(back, {"shop/frontend": "v0", "video/player": "1.4.1"}, {"shop/frontend": "v1"})
    assert further == back.replace(b"'v1'", b"'v0'").replace(b"frontend: v2", b"frontend: v1").replace(b"4.2", b"4.1")
    assert with_versions(back, {"video/player": "1.5"}).endswith(LEFT.replace(b"v3", b"v2")), "of another app"
    assert with_versions(back, {"shop/frontend": "v2"}) == FILE
    assert without_versions(back, ["shop/frontend"]) == FILE.replace(b"  shop/frontend: 'v2'\n", b"")
    both = with_versions(back, {"cart/cartservice": "0.9"}, {"cart/cartservice": "0.10"})
    assert both.endswith(b'back:\n  cart/cartservice: "0.10"\n  shop/frontend: v2\n')


@pytest.mark.parametrize("back", [b"back: {}\n", b"back: {shop/frontend: v3, a/a: v1} # on one line\n"])
def test_unusual_spellings_of_what_apps_leave_are_rewritten(back) -> None:
    changed = with_versions(FILE + back, {"shop/frontend": "v1"}, {"shop/frontend": "v2"})
    (document,) = load_documents(changed, "prod.yaml")
    release = Release.model_validate(document.value)
    assert release.back["shop/frontend"] == "v2"
    assert release.apps["shop/frontend"] == "v1"
    assert b"# streaming" in changed
