"""Tombstones that do not count: for too long, by nobody, of nothing, and those that are over."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta

import pytest
import yaml

from tests.support.git import commit_all, new_repo
from tests.support.repos import Repo

TODAY = date(2026, 11, 24)
ENTRY = {"team": "shop", "app": "web", "approvedBy": "ada", "reason": "as agreed", "until": "2026-12-24"}


class Approved(Repo):
    """A repo whose deletions are guarded on a certain day."""

    today = TODAY

    def options(self, *paths, **fields):
        return super().options(*paths, **{"guard": True, "today": self.today} | fields)

    def bury(self, *entries: dict) -> None:
        document = {"apiVersion": "sixfold.dev/v1", "kind": "Tombstones", "tombstones": [*entries]}
        self.write("environments/tombstones.yaml", yaml.safe_dump(document, sort_keys=False))

    def recorded(self) -> list[str]:
        root = json.loads((self.out / "inventory.json").read_bytes())
        return [entry.get("app", "") for entry in root["tombstones"]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    repo = Approved(tmp_path_factory.mktemp("approved") / "repo")
    assert repo.compile().codes == []
    return repo


@pytest.fixture
def repo(compiled, tmp_path):
    return compiled.copied_to(tmp_path / "repo")


def problems(run) -> list[tuple[str, str, str]]:
    return [(d.code, str(d.span), d.app) for d in run.diagnostics]


PLACE = "environments/tombstones.yaml:4:3"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, None),
        ({"until": "2026-12-25"}, "SF715"),
        ({"until": "9999-12-31"}, "SF715"),
        ({"approvedBy": " "}, "SF716"),
        ({"approvedBy": "12"}, "SF716"),
        ({"approvedBy": "Ж"}, None),
        ({"reason": "     "}, "SF716"),
        ({"reason": "12345 ..."}, "SF716"),
        ({"reason": "OPS-12345"}, None),
        ({"app": "wbe"}, "SF717"),
        ({"team": "shp"}, "SF717"),
        ({"kind": "Deployment"}, None),
        ({"kind": "Deployment", "name": "web"}, None),
        ({"kind": "Deployment", "name": "wbe"}, "SF717"),
        ({"environment": "prd"}, "SF717"),
        ({"dataCenter": "dc2", "cluster": "dc2-a", "environment": "prod"}, None),
        ({"dataCenter": "dc2", "cluster": "dc1-a", "environment": "prod"}, "SF717"),
    ],
)
def test_only_an_approval_of_something_by_somebody_for_a_while_counts(fields, code, repo) -> None:
    repo.bury({**ENTRY, **fields})
    run = repo.compile()
    team = fields.get("team", "shop")
    assert problems(run) == ([(code, PLACE, f"{team}/*")] if code else [])
    assert len(repo.recorded()) == (code is None), "the generator gets only approvals that count"


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        ({"instance": "main"}, True),
        ({"instance": "mian"}, False),
        ({"environment": "prod", "cluster": "dc1-a"}, True),
        ({"environment": "prod", "cluster": "dc1-z"}, False),
        ({"environment": "prod", "cluster": "dc1-a", "kind": "Secret"}, True),
        ({"team": "shop"}, True),
        ({"team": "shop", "dataCenter": "dc1", "kind": "Namespace"}, False),
        ({"instance": "main", "kind": "AppProject.argoproj.io", "name": "shop"}, True),
    ],
)
def test_every_thing_of_a_tree_can_be_approved(entry, covered, repo) -> None:
    others = {key: ENTRY[key] for key in ("approvedBy", "reason", "until")}
    repo.bury({**entry, **others})
    run = repo.compile()
    assert run.codes == ([] if covered else ["SF717"])
    assert run.fatal == (not covered and "team" not in entry)


def test_the_fleet_names_approvers_and_a_longer_time(repo) -> None:
    repo.data["approvals"] = {"approvers": ["oidc:platform", "ada@example.com"], "days": 90}
    repo.write_fleet()
    repo.bury({**ENTRY, "until": "2027-02-22"})
    run = repo.compile()
    assert problems(run) == [("SF716", PLACE, "shop/*")]
    assert "oidc:platform and ada@example.com" in run.diagnostics[0].help
    repo.bury({**ENTRY, "until": "2027-02-22", "approvedBy": "oidc:platform"})
    assert repo.compile().codes == []
    repo.bury({**ENTRY, "until": "2027-02-23", "approvedBy": "oidc:platform"})
    assert repo.compile().codes == ["SF715"]
    repo.data["approvals"] = {"days": 91}
    repo.write_fleet()
    assert repo.compile().codes == ["SF303"]


def test_other_rules_of_approval_render_no_app_again(repo) -> None:
    repo.data["approvals"] = {"days": 60}
    repo.write_fleet()
    assert repo.compile().summary.evaluated == 0


def test_an_approval_that_does_not_count_approves_nothing(repo) -> None:
    before = repo.tree()
    repo.remove("shop/web")
    repo.bury({**ENTRY, "until": "9999-12-31"})
    run = repo.compile()
    assert sorted(run.codes) == ["SF710", "SF715"]
    assert repo.tree() == before


def test_an_approval_that_has_done_its_work_is_silent_until_its_last_day_and_then_a_warning(repo) -> None:
    repo.remove("shop/web")
    repo.bury(ENTRY)
    assert repo.compile().codes == []
    assert repo.recorded() == ["web"]
    assert repo.compile().codes == [], "it covers nothing any more, but it is not new"
    repo.today = TODAY + timedelta(days=31)
    run = repo.compile()
    assert [(d.code, d.severity, str(d.span), d.help) for d in run.diagnostics] == [
        ("SF718", "warning", PLACE, "delete the entry that begins in line 4"),
    ]
    repo.bury({**ENTRY, "until": "2027-01-10"})
    assert repo.compile().codes == ["SF717"], "a longer approval is a new one"


def test_what_the_committed_tree_had_some_days_ago_can_still_be_approved(repo) -> None:
    """The generator adds deletions up over days, and may hold the team for what the tree no longer has."""
    new_repo(repo.folder)
    commit_all(repo.folder, "before")
    repo.data["deletions"] = dict.fromkeys(("applications", "overlays", "objects"), "100%")
    repo.write_fleet()
    repo.put("shop/api")
    repo.remove("shop/web")
    assert repo.compile().codes == []
    repo.bury(ENTRY)
    assert repo.compile(stage_in_tree=False).codes == [], "the last commit has it"
    commit_all(repo.folder, "after")
    assert repo.compile(stage_in_tree=False).codes == [], "the first tree of the history has it"
    repo.bury({**ENTRY, "app": "wbe"})
    assert repo.compile().codes == ["SF717"]


def test_without_a_tree_nothing_can_be_compared(repo, tmp_path) -> None:
    repo.bury({**ENTRY, "app": "wbe"})
    assert repo.compile(out=tmp_path / "new").codes == []


CLUSTERS = ("environments", "prod", "dataCenters", "dc1", "clusters")


def swap(repo) -> dict[str, dict]:
    """Swap the servers of the two clusters of dc1, and return the clusters."""
    clusters = repo.data
    for name in CLUSTERS:
        clusters = clusters[name]
    a, b = clusters["dc1-a"], clusters["dc1-b"]
    a["server"], b["server"] = b["server"], a["server"]
    repo.write_fleet()
    return clusters


def move(name: str, before: str, after: str) -> dict:
    others = {key: ENTRY[key] for key in ("approvedBy", "reason", "until")}
    servers = [f"https://{server}.eks.example.com" for server in (before, after)]
    scope = {"environment": "prod", "dataCenter": "dc1", "cluster": name}
    return {**scope, "from": {"server": servers[0]}, "to": {"server": servers[1]}, **others}


def test_swapped_clusters_need_an_approval_each_that_names_both_servers(repo) -> None:
    before = repo.tree()
    swap(repo)
    run = repo.compile()
    assert (run.codes, run.fatal) == (["SF722", "SF722"], True)
    assert repo.tree() == before
    entry = run.diagnostics[0].help.partition("tombstones.yaml: ")[2]
    assert yaml.safe_load(entry.replace("…", "x"))["from"] == move("dc1-a", "dc1-a", "dc1-b")["from"]
    repo.bury(move("dc1-a", "dc1-a", "dc1-b"))
    assert repo.compile().codes == ["SF722"]
    repo.bury(move("dc1-a", "dc1-a", "dc1-b"), move("dc1-b", "dc1-b", "dc1-a"))
    assert repo.compile().codes == []
    assert repo.compile().codes == [], "the approvals have done their work"


def test_an_approval_of_a_move_from_what_nothing_is_covers_nothing(repo) -> None:
    repo.bury(move("dc1-a", "dc1-z", "dc1-b"))
    assert repo.compile().codes == ["SF717"]
    repo.bury(move("dc1-a", "dc1-a", "dc1-b"))
    assert repo.compile().codes == [], "it may be approved before it is made"


PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CA = base64.b64encode(PEM).decode()


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"name": "other"}, "eks: dc1-a -> eks: other"),
        ({"roleArn": "arn:aws:iam::222222222222:role/argocd"}, "account: 111111111111 -> account: 222222222222"),
        ({"roleArn": "arn:aws:iam::111111111111:role/other"}, ""),
        ({"caData": CA}, ""),
    ],
)
def test_the_name_and_the_account_of_a_cluster_are_its_identity_too(fields, shown, repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-a"]["eks"].update(fields)
    repo.write_fleet()
    run = repo.compile()
    assert run.codes == (["SF722"] if shown else [])
    assert not shown or run.diagnostics[0].message.endswith(shown)


def test_another_authority_and_another_region_are_moves(repo) -> None:
    eks = repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-a"]["eks"]
    eks["caData"] = CA
    repo.write_fleet()
    assert repo.compile().codes == []
    eks["caData"] = base64.b64encode(PEM.replace(b"MIIB", b"MIIC")).decode()
    repo.write_fleet()
    assert repo.compile().codes == ["SF722"]
    eks["caData"] = CA
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["region"] = "eu-north-1"
    repo.write_fleet()
    assert repo.compile().codes == ["SF722", "SF722"], "one for each cluster"


def test_another_repository_is_approved_for_the_instance(repo) -> None:
    repo.data["repository"]["url"] = "https://git.example.org/deploy.git"
    repo.write_fleet()
    assert repo.compile().codes == ["SF722"]
    others = {key: ENTRY[key] for key in ("approvedBy", "reason", "until")}
    urls = [{"url": f"https://git.example.{end}/deploy.git"} for end in ("com", "org")]
    repo.bury({"instance": "main", "from": urls[0], "to": urls[1], **others})
    assert repo.compile().codes == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"from": {"server": "https://a"}}, "has not the same fields"),
        ({"from": {"server": "https://a"}, "to": {"eks": "a"}}, "has not the same fields"),
        ({"from": {}, "to": {}}, "has not the same fields"),
        ({"team": "shop", "from": {"server": "https://a"}, "to": {"server": "https://b"}}, "names more than"),
        ({"instance": "main", "from": {"url": "a"}, "to": {"url": "b"}}, "names more than"),
        ({"from": {"url": "a"}, "to": {"url": "b"}}, "fields of something else"),
    ],
)
def test_an_approval_of_a_move_names_one_thing_and_what_changes(entry, words, repo) -> None:
    others = {key: ENTRY[key] for key in ("approvedBy", "reason", "until")}
    repo.bury({"environment": "prod", "cluster": "dc1-a", **entry, **others})
    run = repo.compile()
    assert run.codes == ["SF311"]
    assert words in run.diagnostics[0].message
