"""Release entries that are wrong, get lost or go back: their app keeps its overlays there, and nothing else changes."""

from __future__ import annotations

import copy
import datetime as dt
import json

import pytest
import yaml

from sixfold_compiler.pipeline.verify import verify
from tests.support.git import commit_all, new_repo
from tests.support.repos import FLEET, Repo, cluster

HEAD = {"apiVersion": "sixfold.dev/v1", "kind": "Release"}
NOW = {"web": "1.5.0", "api": "2.0.0"}


class Fleet(Repo):
    """A deploy repo with two environments, whose team shop releases two apps, and whose team pay calls one of them."""

    def release(self, environment: str, team: str = "shop", back: dict | None = None, **apps: str) -> None:
        data = {
            **HEAD,
            "environment": environment,
            "apps": {f"{team}/{name}": version for name, version in apps.items()},
        }
        if back:
            data["back"] = {f"{team}/{name}": version for name, version in back.items()}
        self.write(f"releases/{environment}/{team}.yaml", yaml.safe_dump(data))

    def guarded(self, **fields):
        return self.compile(guard=True, **fields)

    def versions(self) -> dict[str, dict[str, str]]:
        """Return the image tag of each app of team shop in the tree, by environment."""
        tags: dict[str, dict[str, str]] = {}
        for path, data in self.tree().items():
            parts = path.split("/")
            if parts[2:3] == [f"{parts[0]}-a"] and parts[3] == "shop":
                image = data.decode().partition("image: registry.example.com/shop:")[2].split()[0].strip("\"'")
                tags.setdefault(parts[0], {})[parts[4].removesuffix(".yaml")] = image
        return tags


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Compile the repo. Do not change it: copy it."""
    repo = Fleet(tmp_path_factory.mktemp("versions") / "repo", apps=())
    repo.data = copy.deepcopy(FLEET)
    repo.data["environments"] = {
        name: {"dataCenters": {"dc1": {"region": "eu-central-1", "clusters": {f"{name}-a": cluster(f"{name}-a")}}}}
        for name in ("prod", "test")
    }
    repo.data["deletions"] = dict.fromkeys(("applications", "overlays", "objects"), "100%")
    repo.write_fleet()
    repo.put("shop/web", image="registry.example.com/shop", roads={"intra-dc": {"callers": ["pay"]}})
    repo.put("shop/api", image="registry.example.com/shop")
    repo.put("pay/cards", calls=[{"app": "web"}])
    for environment in ("prod", "test"):
        repo.release(environment, **NOW)
    run = repo.guarded()
    assert run.codes == []
    assert repo.versions() == {"prod": NOW, "test": NOW}
    return repo


@pytest.fixture
def repo(template, tmp_path):
    return template.copied_to(tmp_path / "repo")


def problems_of(run) -> list[tuple[str, str, str]]:
    return [(d.code, str(d.span), d.app) for d in run.diagnostics]


def overlays(repo) -> dict[str, bytes]:
    return {path: data for path, data in repo.tree().items() if path.endswith(".yaml")}


def test_a_wrong_entry_keeps_its_app_in_that_environment_and_all_else_is_compiled(repo) -> None:
    repo.release("prod", web="bad version!", api="2.1.0")
    repo.release("test", web="1.6.0", api="2.1.0")
    repo.put("pay/cards", calls=[{"app": "web"}], replicas=3)
    run = repo.guarded()
    assert problems_of(run) == [("SF202", "releases/prod/shop.yaml:4:3", "shop/web")]
    assert repo.versions() == {"prod": {**NOW, "api": "2.1.0"}, "test": {"web": "1.6.0", "api": "2.1.0"}}
    assert [str(key) for key in run.summary.failed] == ["shop/web"]
    assert b"replicas: 3" in repo.tree()["prod/dc1/prod-a/pay/cards.yaml"]
    assert repo.guarded().codes == ["SF202"], "it is reported until it is corrected"
    repo.release("prod", web="1.6.0", api="2.1.0")
    assert repo.guarded().codes == []
    assert repo.versions() == {name: {"web": "1.6.0", "api": "2.1.0"} for name in ("prod", "test")}


def test_a_new_app_with_a_wrong_entry_is_compiled_in_the_other_environments(repo) -> None:
    repo.put("shop/new", image="registry.example.com/shop")
    repo.release("prod", new="bad version!", **NOW)
    repo.release("test", new="1.0", **NOW)
    assert problems_of(repo.guarded()) == [("SF202", "releases/prod/shop.yaml:4:3", "shop/new")]
    assert repo.versions() == {"prod": NOW, "test": {**NOW, "new": "1.0"}}


def test_a_file_that_cannot_be_read_keeps_the_apps_of_its_team_in_that_environment(repo) -> None:
    repo.write("releases/prod/shop.yaml", "kind: [")
    repo.release("test", web="1.6.0", api="2.1.0")
    run = repo.guarded()
    assert [(d.code, d.app) for d in run.diagnostics] == [("SF100", "shop/*")]
    assert repo.versions() == {"prod": NOW, "test": {"web": "1.6.0", "api": "2.1.0"}}


def test_an_entry_of_another_team_changes_nothing_of_it(repo) -> None:
    before = repo.tree()
    repo.release("prod", "pay", cards="9")
    text = (repo.folder / "releases/prod/pay.yaml").read_text()
    repo.write("releases/prod/pay.yaml", text.replace("pay/cards", "shop/web").replace("'9'", "0.0.1"))
    run = repo.guarded()
    assert (problems_of(run), run.fatal) == ([("SF227", "releases/prod/pay.yaml:3:3", "pay/*")], False)
    assert repo.tree() == before


def test_a_lost_file_keeps_every_version(repo) -> None:
    before = overlays(repo)
    repo.locked = True
    (repo.folder / "releases/prod/shop.yaml").unlink()
    run = repo.guarded()
    assert problems_of(run) == [("SF229", "releases/prod/shop.yaml", f"shop/{name}") for name in ("api", "web")]
    assert "`back: {shop/api: '2.0.0'}` in releases/prod/shop.yaml" in run.diagnostics[0].help
    assert overlays(repo) == before


def test_a_lost_line_keeps_the_version_of_its_app_alone(repo) -> None:
    repo.locked = True
    repo.release("prod", web="1.6.0")
    run = repo.guarded()
    assert problems_of(run) == [("SF229", "releases/prod/shop.yaml", "shop/api")]
    assert repo.versions()["prod"] == {"web": "1.6.0", "api": "2.0.0"}


def test_a_version_that_goes_back_is_kept_until_the_file_says_what_it_leaves(repo) -> None:
    repo.release("prod", web="1.4.0", api="2.1.0")
    run = repo.guarded()
    assert problems_of(run) == [("SF228", "releases/prod/shop.yaml:4:3", "shop/web")]
    assert run.diagnostics[0].message == "shop/web would go back from 1.5.0 to 1.4.0 in prod"
    assert repo.versions()["prod"] == {"web": "1.5.0", "api": "2.1.0"}
    repo.release("prod", back={"web": "1.5.1"}, web="1.4.0", api="2.1.0")
    assert repo.guarded().codes == ["SF228"], "it is another version"
    repo.release("prod", back={"web": "1.5.0"}, web="1.4.0", api="2.1.0")
    assert repo.guarded().codes == []
    assert repo.versions()["prod"] == {"web": "1.4.0", "api": "2.1.0"}
    repo.release("prod", back={"web": "1.5.0"}, web="1.3.0", api="2.1.0")
    assert repo.guarded().codes == ["SF228"], "it was said for one version"


def test_the_version_of_the_manifest_returns_only_if_the_file_says_so(repo) -> None:
    repo.put("shop/api", image="registry.example.com/shop:1.0")
    repo.release("prod", back={"api": "2.0.0"}, web="1.5.0")
    assert repo.guarded().codes == []
    assert repo.versions() == {"prod": {"web": "1.5.0", "api": "1.0"}, "test": NOW}
    repo.release("prod", web="1.5.0")
    assert repo.guarded().codes == [], "the tree has no version of the file any more"


TOMBSTONE = {
    "team": "shop",
    "app": "api",
    "environment": "prod",
    "approvedBy": "ada",
    "reason": "moves",
    "until": "2026-12-24",
}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, []),
        ({"environment": None, "app": None}, []),
        ({"app": "web"}, ["SF229"]),
        ({"environment": "test"}, ["SF229"]),
        ({"dataCenter": "dc1"}, ["SF229"]),
        ({"kind": "Deployment"}, ["SF229"]),
        ({"until": "2026-11-23"}, ["SF718", "SF229"]),
    ],
)
def test_a_tombstone_for_the_app_in_the_environment_says_so_too(fields, code, repo) -> None:
    repo.put("shop/api", image="registry.example.com/shop:1.0")
    repo.release("prod", web="1.5.0")
    entry = {key: value for key, value in {**TOMBSTONE, **fields}.items() if value}
    file = {"apiVersion": "sixfold.dev/v1", "kind": "Tombstones", "tombstones": [entry]}
    repo.write("environments/tombstones.yaml", json.dumps(file))
    assert repo.guarded(today=dt.date(2026, 11, 24)).codes == code
    assert repo.versions()["prod"]["api"] == ("2.0.0" if code else "1.0")


def test_an_app_that_leaves_the_environment_with_its_version_loses_nothing(repo) -> None:
    repo.put("shop/api", image="registry.example.com/shop", dataCenters={"test": ["dc1"]})
    repo.release("prod", web="1.5.0")
    assert repo.guarded().codes == []
    assert repo.versions() == {"prod": {"web": "1.5.0"}, "test": NOW}


def test_a_removed_app_needs_no_version(repo) -> None:
    repo.remove("shop/api")
    for name in ("prod", "test"):
        repo.release(name, web="1.5.0")
    assert repo.guarded().codes == []
    assert repo.versions() == {name: {"web": "1.5.0"} for name in ("prod", "test")}


def test_versions_are_not_judged_in_a_tree_that_is_not_guarded(repo) -> None:
    repo.release("prod", web="1.4.0", api="2.0.0")
    assert repo.compile().codes == []
    assert repo.versions()["prod"]["web"] == "1.4.0"


def test_the_repo_of_a_service_has_no_versions_to_lose(repo) -> None:
    manifest = repo.write("elsewhere/sixfold.yaml", (repo.folder / "apps/pay/cards.yaml").read_text())
    repo.release("prod", "pay", cards="1.0")
    assert repo.guarded().codes == []
    run = repo.compile(guard=True, paths=(manifest,), base=manifest.parent, stage_in_tree=False)
    assert "SF229" not in run.codes


def test_a_tree_without_versions_gets_them(repo) -> None:
    """An earlier version of the compiler recorded none."""
    recorded = {path: data for path, data in repo.tree().items() if path.endswith("facts.json")}
    assert all(b'"version": "1.5.0"' in data for data in recorded.values())
    for path, data in recorded.items():
        facts = json.loads(data)
        for record in facts["apps"].values():
            record.pop("version", None)
        (repo.out / path).write_bytes(json.dumps(facts).encode())
    run = repo.guarded()
    assert "SF229" not in run.codes
    assert {path: data for path, data in repo.tree().items() if path in recorded} == recorded


def test_a_partly_kept_app_keeps_the_names_of_its_objects(repo) -> None:
    """Another app of the team must not take an object that the kept overlay still has."""
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}
    repo.put("shop/web", settings, image="registry.example.com/shop", roads={"intra-dc": {"callers": ["pay"]}})
    assert repo.guarded().codes == []
    repo.put("shop/web", image="registry.example.com/shop", roads={"intra-dc": {"callers": ["pay"]}})
    repo.put("shop/api", settings, image="registry.example.com/shop")
    repo.release("prod", web="bad version!", api="2.0.0")
    run = repo.guarded()
    assert sorted((d.code, d.app) for d in run.diagnostics) == [("SF202", "shop/web"), ("SF452", "shop/api")]
    assert b"settings" in repo.tree()["prod/dc1/prod-a/shop/web.yaml"]


def test_a_kept_overlay_is_verified_against_the_base_and_the_others_against_their_inputs(repo) -> None:
    new_repo(repo.folder)
    commit_all(repo.folder, "before")
    repo.release("prod", web="bad version!", api="2.1.0")
    repo.release("test", web="1.6.0", api="2.1.0")
    assert repo.guarded().codes == ["SF202"]
    options = repo.options(guard=True)
    assert verify(options, "HEAD").diagnostics == ()
    assert [d.code for d in verify(options).diagnostics] == ["SF732"], "without a base it is not known"
    kept, current = (repo.out / f"{name}/dc1/{name}-a/shop/web.yaml" for name in ("prod", "test"))
    kept.write_bytes(kept.read_bytes() + b"# forged\n")
    current.write_bytes(current.read_bytes() + b"# forged\n")
    assert [(d.code, d.span.file) for d in verify(options, "HEAD").diagnostics] == [
        ("SF731", "overlays/prod/dc1/prod-a/shop/web.yaml"), ("SF730", "overlays/test/dc1/test-a/shop/web.yaml"),
    ]  # fmt: skip
