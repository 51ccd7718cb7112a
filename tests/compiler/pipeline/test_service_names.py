"""A service name belongs to its team in the environment until a tombstone releases it."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from sixfold_compiler.model.inventory import CellFacts
from sixfold_compiler.ownership.names import Names, Ownership
from sixfold_compiler.ownership.names_text import dump_names, parse_names
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.pipeline.service_names import names_of_tree
from sixfold_compiler.tree.reader import Previous
from tests.support.facts import facts_of, record_of
from tests.support.repos import Repo, is_overlay

TODAY = date(2026, 11, 24)
LOCK = "environments/names.lock.json"
CALL = {"calls": [{"app": "auth"}], "env": [{"name": "AUTH", "valueFrom": {"callRef": {"app": "auth"}}}]}
OPEN = {"roads": {"intra-dc": {"callers": ["*"]}}, "replicas": 3}


class Named(Repo):
    """A repo of one environment: pay/auth runs in two data centers, and search/index calls it in both."""

    def options(self, *paths, **fields):
        return super().options(*paths, **{"guard": True, "today": TODAY} | fields)

    def bury(self, *scopes: dict) -> None:
        signed = {"approvedBy": "ada", "reason": "as agreed", "until": "2026-12-01"}
        document = {
            "apiVersion": "sixfold.dev/v1",
            "kind": "Tombstones",
            "tombstones": [scope | signed for scope in scopes],
        }
        self.write("environments/tombstones.yaml", yaml.safe_dump(document, sort_keys=False))

    def names(self) -> dict[str, Ownership]:
        names = parse_names((self.folder / LOCK).read_bytes(), LOCK)
        assert names.rows.keys() == {"prod"}
        assert (self.folder / LOCK).read_bytes() == dump_names(names)
        return dict(names.rows["prod"])

    def own(self, **teams: str | Ownership) -> None:
        rows = {name: Ownership(team) if isinstance(team, str) else team for name, team in teams.items()}
        self.write(LOCK, dump_names(Names({"prod": rows})))

    def overlays(self, app: str) -> dict[str, bytes]:
        return {path: data for path, data in self.tree().items() if is_overlay(path) and path.endswith(f"/{app}.yaml")}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    repo = Named(tmp_path_factory.mktemp("named") / "repo", ("shop/web",))
    repo.data["deletions"] = dict.fromkeys(("applications", "overlays", "objects"), "100%")
    repo.write_fleet()
    repo.put("pay/auth", **OPEN)
    repo.put("pay/cards", **OPEN)
    repo.put("search/index", **CALL, **OPEN)
    run = repo.compile()
    assert run.codes == []
    assert repo.names() == {
        "auth": Ownership("pay"), "cards": Ownership("pay"), "index": Ownership("search"), "web": Ownership("shop")
    }  # fmt: skip
    return repo


@pytest.fixture
def repo(compiled, tmp_path):
    return compiled.copied_to(tmp_path / "repo")


def problems(run) -> list[tuple[str, str]]:
    return [(d.code, d.app) for d in run.diagnostics]


def test_a_name_stays_with_its_team_in_a_data_center_that_the_team_left(repo) -> None:
    """Otherwise another team takes the name there, and the callers' addresses and credentials go to its pods."""
    before = repo.overlays("index")
    repo.put("pay/auth", **OPEN, dataCenters={"prod": ["dc1"]})
    assert problems(repo.compile()) == [("SF403", "search/index")]
    repo.put("shop/auth", **OPEN, dataCenters={"prod": ["dc2"]})
    run = repo.compile()
    assert problems(run) == [("SF403", "search/index"), ("SF407", "shop/auth")]
    call, other = run.diagnostics
    assert call.help == "pay/auth does not run there: call a data center where it runs"
    assert other.message == "the service name 'auth' belongs to team pay in prod"
    assert other.help.endswith("(`sixfold retire app pay/auth`)")
    assert str(other.span) == "apps/shop/auth.yaml:4:3"
    assert repo.overlays("index") == before
    assert {path.split("/")[3] for path in repo.overlays("auth")} == {"pay"}
    assert repo.names()["auth"] == Ownership("pay")


def test_a_name_stays_with_its_team_in_a_data_center_that_the_team_has_not_reached(repo) -> None:
    repo.put("shop/cards", **OPEN, dataCenters={"prod": ["dc2"]})
    repo.put("pay/cards", **OPEN, dataCenters={"prod": ["dc1"]})
    assert problems(repo.compile()) == [("SF407", "shop/cards")]


def test_a_name_of_a_removed_app_stays_with_its_team_which_may_take_it_again(repo) -> None:
    repo.remove("pay/cards")
    assert problems(repo.compile()) == []
    assert repo.names()["cards"] == Ownership("pay")
    repo.put("shop/cards", **OPEN)
    assert problems(repo.compile()) == [("SF407", "shop/cards")]
    repo.remove("shop/cards")
    repo.put("pay/cards", **OPEN)
    assert problems(repo.compile()) == []
    assert repo.names()["cards"] == Ownership("pay")


@pytest.mark.parametrize(
    ("scope", "released"),
    [
        ({"team": "pay", "app": "cards"}, True),
        ({"team": "pay", "app": "cards", "environment": "prod"}, True),
        ({"team": "pay"}, True),
        ({"team": "pay", "app": "cards", "dataCenter": "dc1"}, False),
        ({"team": "pay", "app": "cards", "environment": "prod", "cluster": "dc1-a"}, False),
        ({"team": "pay", "app": "cards", "kind": "Service"}, False),
        ({"team": "pay", "app": "auth"}, False),
        ({"team": "search"}, False),
    ],
)
def test_a_tombstone_for_the_complete_app_releases_its_name(repo, scope, released) -> None:
    repo.bury(scope)
    repo.compile()
    assert repo.names()["cards"] == Ownership("pay"), "the app still exists"
    repo.remove("pay/cards")
    repo.compile()
    assert repo.names()["cards"] == (Ownership("", ("pay",)) if released else Ownership("pay"))
    repo.put("shop/cards", **OPEN)
    assert problems(repo.compile()) == ([] if released else [("SF407", "shop/cards")])
    assert repo.names()["cards"] == (Ownership("shop", ("pay",)) if released else Ownership("pay"))


def test_a_tombstone_whose_day_has_passed_releases_no_name(repo) -> None:
    repo.bury({"team": "pay", "app": "cards"})
    repo.remove("pay/cards")
    repo.compile(today=date(2026, 12, 2))
    assert repo.names()["cards"] == Ownership("pay")
    repo.compile(today=date(2026, 12, 1))
    assert repo.names()["cards"] == Ownership("", ("pay",))


def test_callers_of_a_name_with_a_new_owner_fail_until_they_name_the_team(repo) -> None:
    before = repo.overlays("index")
    repo.bury({"team": "pay", "app": "auth"})
    repo.remove("pay/auth")
    repo.put("shop/auth", **OPEN)
    run = repo.compile()
    assert problems(run) == [("SF414", "search/index")]
    assert run.diagnostics[0].help == "write app: shop/auth if this is the app to call"
    assert repo.overlays("index") == before
    assert repo.names()["auth"] == Ownership("shop", ("pay",))
    assert problems(repo.compile()) == [("SF414", "search/index")], "also when nothing changes"
    full = {"calls": [{"app": "shop/auth"}], "env": [{"name": "AUTH", "valueFrom": {"callRef": {"app": "shop/auth"}}}]}
    repo.put("search/index", **full, **OPEN)
    assert problems(repo.compile()) == []
    repo.put("search/index", **CALL | {"calls": [{"app": "shop/auth"}]}, **OPEN)
    assert problems(repo.compile()) == [], "callRef may name the app alone"
    repo.put("search/index", calls=[{"app": "pay/auth"}], **OPEN)
    assert problems(repo.compile()) == [("SF403", "search/index")]


def test_the_full_form_and_the_name_are_one_call(repo) -> None:
    full, other = [{"app": "pay/auth"}], {"env": [{"name": "A", "valueFrom": {"callRef": {"app": "shop/auth"}}}]}
    same = repo.overlays("index")
    repo.put("search/index", **CALL | {"calls": full}, **OPEN)
    assert problems(repo.compile()) == []
    assert repo.overlays("index") == same
    override = [{"match": {"dataCenter": "dc2"}, "spec": {"calls": full}}]
    repo.put("search/index", **CALL, **OPEN, overrides=override)
    assert problems(repo.compile()) == []
    repo.put("search/index", calls=[{"app": "auth"}, *full], **OPEN)
    assert {code for code, _ in problems(repo.compile())} == {"SF213"}
    repo.put("search/index", calls=full, **other, **OPEN)
    assert problems(repo.compile()) == [("SF406", "search/index")]
    repo.put("search/index", calls=[{"app": "pay/auth/x"}], **OPEN)
    (problem,) = repo.compile().diagnostics
    assert problem.message.startswith("spec.calls[0].app is 'pay/auth/x', but must be an app, or an app with its team")


def test_an_app_that_moves_to_another_team_takes_its_name_with_a_tombstone_for_the_old_one(repo) -> None:
    repo.remove("pay/cards")
    repo.put("shop/cards", **OPEN)
    assert problems(repo.compile()) == [("SF407", "shop/cards")]
    repo.bury({"team": "pay", "app": "cards"})
    assert problems(repo.compile()) == []
    assert repo.names()["cards"] == Ownership("shop", ("pay",))


def test_a_renamed_app_takes_its_new_name_and_keeps_the_old_one(repo) -> None:
    repo.remove("pay/cards")
    repo.put("pay/payments", **OPEN)
    assert problems(repo.compile()) == []
    names = repo.names()
    assert (names["cards"], names["payments"]) == (Ownership("pay"), Ownership("pay"))


def test_apps_that_fail_take_no_name_and_lose_none(repo) -> None:
    repo.bury({"team": "pay", "app": "cards"})
    repo.write("apps/pay/cards.yaml", "apiVersion: sixfold.dev/v1\nkind: App\nspec: 1\n")
    repo.put("shop/new", image="7")
    codes = {app for _, app in problems(repo.compile())}
    assert codes == {"pay/cards", "shop/new"}
    names = repo.names()
    assert names["cards"] == Ownership("pay")
    assert "new" not in names


def test_a_partial_compile_takes_names_and_releases_none(repo) -> None:
    repo.bury({"team": "pay", "app": "cards"})
    repo.remove("pay/cards")
    path = repo.put("shop/new", **OPEN)
    repo.compile(path.relative_to(repo.folder).as_posix())
    names = repo.names()
    assert (names["new"], names["cards"]) == (Ownership("shop"), Ownership("pay"))


# The file


def test_without_the_file_the_names_are_those_of_the_tree_with_one_warning(repo) -> None:
    names = (repo.folder / LOCK).read_bytes()
    (repo.folder / LOCK).unlink()
    run = repo.compile()
    assert [(d.code, str(d.span), d.severity) for d in run.diagnostics] == [("SF418", LOCK, "warning")]
    assert (repo.folder / LOCK).read_bytes() == names
    assert repo.compile().codes == []


def test_a_command_that_does_not_write_warns_only_about_the_complete_repo(repo) -> None:
    (repo.folder / LOCK).unlink()
    for paths, codes in (((), ["SF418"]), (("apps/shop/web.yaml",), [])):
        with plan(repo.options(*paths, stage_in_tree=False)) as result:
            assert [d.code for d in result.diagnostics] == codes
            assert result.names_file is not None
    assert not (repo.folder / LOCK).exists()


def test_of_two_teams_with_a_name_in_the_tree_the_one_with_more_data_centers_owns_it() -> None:
    """An earlier version compiled such trees: a name was unique in a data center."""
    cells = {
        "prod/dc1": ["shop/cards", "shop/web"],
        "prod/dc2": ["pay/cards", "search/web"],
        "prod/dc3": ["shop/cards", "pay/web", "damaged"],
        "dev/dc1": ["pay/cards"],
        "damaged": ["pay/index"],
    }
    facts = {
        cell: CellFacts("", "", "", "", {app: record_of(facts_of("shop/web")) for app in apps})
        for cell, apps in cells.items()
    }
    cards, web = Ownership("shop"), Ownership("pay")
    assert names_of_tree(Previous(facts=facts)) == Names({"prod": {"cards": cards, "web": web}, "dev": {"cards": web}})


def test_lines_that_are_out_of_order_or_missing_are_written_again(repo) -> None:
    data = (repo.folder / LOCK).read_bytes()
    lines = data.decode().splitlines(keepends=True)
    auth, cards = lines[5:7]
    for text in ("".join([*lines[:5], cards, auth, *lines[7:]]), "".join([*lines[:5], *lines[6:]])):
        repo.write(LOCK, text)
        run = repo.compile()
        assert (run.codes, run.changed) == ([], {})
        assert (repo.folder / LOCK).read_bytes() == data


def test_a_line_that_names_another_team_fails_the_app_although_nothing_else_changed(repo) -> None:
    before = repo.tree()
    repo.own(auth="pya", cards="shop", index="search", web="shop")
    run = repo.compile()
    assert problems(run) == [("SF407", "pay/auth"), ("SF407", "pay/cards"), ("SF403", "search/index")]
    auth, cards, _ = run.diagnostics
    assert str(auth.span) == "apps/pay/auth.yaml:1:1"
    assert auth.help.startswith(
        "environments/names.lock.json names a team that is not in the fleet: did you mean 'pay'?"
    )
    assert cards.message == "the service name 'cards' belongs to team shop in prod"
    assert repo.tree() == before


def test_a_name_of_a_team_that_left_the_fleet_is_released_by_a_tombstone(repo) -> None:
    repo.own(auth="pay", cards="pay", index="search", web="shop", old="ghost")
    repo.put("shop/old", **OPEN)
    (problem,) = repo.compile().diagnostics
    assert (problem.code, problem.app) == ("SF407", "shop/old")
    assert "it may be retired" in problem.help
    repo.bury({"team": "ghost", "app": "old"})
    assert problems(repo.compile()) == []
    assert repo.names()["old"] == Ownership("shop", ("ghost",))


def test_an_approval_of_a_name_that_nobody_has_covers_nothing(repo) -> None:
    repo.bury({"team": "ghost", "app": "old"})
    assert problems(repo.compile()) == [("SF717", "ghost/*")]


def test_an_unknown_environment_stops_the_compile(repo) -> None:
    repo.write(LOCK, dump_names(Names({"prdo": {"auth": Ownership("pay")}, "qa": {"x": Ownership("pay")}})))
    run = repo.compile()
    assert [(d.code, str(d.span), d.help) for d in run.diagnostics] == [
        ("SF417", f"{LOCK}:5:5", "did you mean 'prod'?"),
        ("SF417", f"{LOCK}:8:5", "delete its lines, if the environment was retired"),
    ]
    assert run.fatal


def test_a_conflict_names_the_side_whose_app_is_in_the_tree(repo) -> None:
    text = (repo.folder / LOCK).read_text()
    line = '      "auth": "pay",\n'
    hunk = f'<<<<<<< HEAD\n      "auth": "shop",\n=======\n{line}>>>>>>> main\n'
    repo.write(LOCK, text.replace(line, hunk))
    (problem,) = repo.compile().diagnostics
    assert (problem.code, str(problem.span)) == ("SF416", f"{LOCK}:6:1")
    assert "take the side of pay (main), whose app is in the tree" in problem.help


@pytest.mark.parametrize("data", [b"[]", b"{", b"\xff"])
def test_a_file_that_is_no_lock_stops_the_compile(repo, data) -> None:
    repo.write(LOCK, data)
    run = repo.compile()
    assert (run.codes, run.fatal) == (["SF415"], True)
    (repo.folder / LOCK).unlink()
    (repo.folder / LOCK).mkdir()
    assert repo.compile().codes == ["SF415"]


def test_where_deletions_are_not_judged_another_app_may_take_a_name_and_others_stay(repo) -> None:
    repo.remove("pay/cards")
    repo.remove("shop/web")
    repo.put("shop/cards", **OPEN)
    assert problems(repo.compile(guard=False)) == []
    names = repo.names()
    assert (names["cards"], names["web"]) == (Ownership("shop"), Ownership("shop"))
