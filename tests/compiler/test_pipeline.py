"""A compile over time: what one run leaves for the next, whatever happened between them, and who notices whom."""

from __future__ import annotations

import copy
import errno
import itertools
import json
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics import DiagnosticError
from compiler.pipeline import Options, plan
from tests.compiler.repos import ENVIRONMENTS, EXAMPLES, Repo, cluster, is_overlay, owned, team, tree
from tests.profiles import examples

if TYPE_CHECKING:
    from pathlib import Path

STOCK = {"calls": [{"app": "stock"}], "env": [{"name": "STOCK", "valueFrom": {"callRef": {"app": "stock"}}}]}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    repo = Repo(tmp_path_factory.mktemp("compiled") / "repo")
    repo.compile()
    return repo


@pytest.fixture
def repo(compiled, tmp_path):
    """A repo of three apps that was compiled a while ago."""
    return copy_of(compiled, tmp_path / "repo")


@pytest.fixture
def fresh(tmp_path):
    """A repo of three apps that was never compiled."""
    return Repo(tmp_path / "repo")


def copy_of(repo: Repo, folder: Path) -> Repo:
    shutil.copytree(repo.folder, folder, symlinks=True)  # with times, which say what is trusted
    copied = Repo.__new__(Repo)
    copied.folder, copied.out, copied.data = folder, folder / "overlays", copy.deepcopy(repo.data)
    return copied


def clean_tree(repo: Repo) -> dict[str, bytes]:
    """What a first compile of the same inputs gives, with no past to lean on."""
    run = repo.compile(out=repo.folder / "clean")
    assert not run.fatal, run
    return tree(repo.folder / "clean")


def overlays_of(files: dict[str, bytes], *apps: str) -> dict[str, bytes]:
    return {p: d for p, d in files.items() if is_overlay(p) and "/".join(p[:-5].split("/")[3:]) in apps}


# What one app's failure does to those that call it


def test_a_caller_is_compiled_against_what_its_callee_still_is(repo) -> None:
    """The callee's new version fails late, in the library's checks: the caller must not follow it half-way."""
    repo.put("shop/web", **STOCK)
    repo.put("shop/stock")
    repo.compile()
    before = overlays_of(repo.tree(), "shop/web", "shop/stock")
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"}, "rules": []}
    late = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "stock"}, "spec": {"ports": [{"port": 1}]}}
    for extra in (role, late):  # refused when it is read, and refused beside the library's own Service
        repo.put("shop/stock", extra, ports=[{"name": "http", "port": 9000}])
        run = repo.compile()
        assert {d.app for d in run.diagnostics} == {"shop/stock"}, run
        assert overlays_of(repo.tree(), "shop/web", "shop/stock") == before
    repo.put("shop/stock")
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_a_chain_of_failures_leaves_every_app_with_what_the_others_are(repo) -> None:
    """stock's change fails because of what it calls; web, which sorts after it and calls it, stays as it was."""
    repo.put("shop/web", **STOCK)
    repo.put("shop/stock")
    repo.compile()
    before = overlays_of(repo.tree(), "shop/web", "shop/stock")
    repo.put("shop/stock", ports=[{"name": "http", "port": 9000}], calls=[{"app": "cards"}])
    run = repo.compile()
    assert run.codes == ["SF405"]
    assert overlays_of(repo.tree(), "shop/web", "shop/stock") == before
    repo.put("shop/aaa", **STOCK)  # sorts before stock, and is new
    run = repo.compile()
    assert run.codes == ["SF405"]
    assert all(
        b"stock.dc1.svc.cluster.local:8080" in d or b"stock.dc2" in d
        for d in overlays_of(repo.tree(), "shop/aaa").values()
    )
    repo.put("shop/stock", ports=[{"name": "http", "port": 9000}])
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_a_callee_that_goes_is_its_caller_s_error_and_the_caller_stays(repo) -> None:
    repo.put("shop/web", **STOCK)
    repo.put("shop/stock")
    repo.compile()
    before = overlays_of(repo.tree(), "shop/web")
    repo.remove("shop/stock")
    for _ in range(2):
        run = repo.compile()
        assert run.codes == ["SF403"]
        assert overlays_of(repo.tree(), "shop/web") == before
        assert not overlays_of(repo.tree(), "shop/stock")


def test_application_names_that_meet_are_the_newcomer_s_error(repo) -> None:
    """Team a's app b-c and team a-b's app c would both be an Application prod-dc1-a-a-b-c: nobody can block another."""
    repo.data["teams"] |= {"a": team(), "a-b": team()}
    repo.write_fleet()
    repo.put("a-b/c", spread="every")
    repo.compile()
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("a/b-c", spread="every")
    repo.put("a/b", spread="every")  # the name of team a-b's own Application
    run = repo.compile()
    assert run.codes == ["SF409", "SF409"], run
    assert {d.app for d in run.diagnostics} == {"a/b-c", "a/b"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == before


# Manifests that cannot be read, or are there twice


@pytest.mark.parametrize("how", ["link", "pipe", "garbage", "folder link"])
def test_an_app_whose_manifest_cannot_be_read_is_not_taken_for_removed(repo, how, tmp_path) -> None:
    repo.compile()
    before = repo.tree()
    path = repo.folder / "apps/pay/cards.yaml"
    if how == "folder link":
        shutil.move(path.parent, tmp_path / "pay")
        path.parent.symlink_to(tmp_path / "pay")
    else:
        path.unlink()
        if how == "link":
            path.symlink_to(repo.folder / "apps/shop/web.yaml")
        elif how == "pipe":
            os.mkfifo(path)
        else:
            path.write_bytes(b"\x00\xff")
    run = repo.compile()
    assert run.codes
    assert not run.fatal
    assert {d.app.partition("/")[0] for d in run.diagnostics} == {"pay"}
    assert repo.tree() == before


def test_of_two_manifests_of_one_app_neither_counts(repo) -> None:
    repo.compile()
    before = repo.tree()
    repo.write(
        "aaa/apps/pay/cards.yaml", (repo.folder / "apps/pay/cards.yaml").read_text().replace("app:1.0", "evil:6.6")
    )
    run = repo.compile()
    assert run.codes == ["SF220"]
    assert {d.app for d in run.diagnostics} == {"pay/cards"}
    assert repo.tree() == before


def test_a_manifest_outside_apps_that_cannot_be_read_removes_nothing(repo) -> None:
    repo.compile()
    before = repo.tree()
    (repo.folder / "sixfold.yaml").write_text("a: [")
    run = repo.compile("sixfold.yaml")
    assert run.codes == ["SF100"]
    assert repo.tree() == before


def test_an_app_that_goes_nowhere_is_told(repo) -> None:
    repo.put("shop/new", dataCenters={"prod": []})
    run = repo.compile()
    assert run.codes == ["SF410"]
    assert not overlays_of(repo.tree(), "shop/new")


def test_an_image_without_a_version_is_told_for_all_environments_at_once(repo) -> None:
    """Two that merge alike, and one that does not."""
    for name in ("dev", "staging"):
        made = repo.data["environments"][name] = copy.deepcopy(repo.data["environments"]["prod"])
        for center in made["dataCenters"].values():
            center["clusters"] = {c: value | {"server": f"https://{name}-{c}.example.com"} for c, value in
                                  center["clusters"].items()}  # fmt: skip
    repo.write_fleet()
    repo.put("shop/web", image="app", overrides=[{"match": {"environment": "prod"}, "spec": {"replicas": 3}}])
    run = repo.compile()
    (problem,) = [d for d in run.diagnostics if d.code == "SF211"]
    assert problem.message == "the image 'app' has no fixed version in dev, prod and staging"
    assert "releases/dev.yaml, releases/prod.yaml and releases/staging.yaml" in problem.help


# Selections


def test_a_new_app_of_one_cluster_stays_when_another_cluster_is_compiled(repo) -> None:
    repo.compile()
    repo.put("shop/new", spread="every")
    repo.compile(only=("prod/dc1/dc1-a",))
    assert {p.split("/")[2] for p in overlays_of(repo.tree(), "shop/new")} == {"dc1-a"}
    repo.compile(only=("prod/dc1/dc1-b",))
    assert {p.split("/")[2] for p in overlays_of(repo.tree(), "shop/new")} == {"dc1-a", "dc1-b"}
    repo.compile("apps/pay")
    assert {p.split("/")[2] for p in overlays_of(repo.tree(), "shop/new")} == {"dc1-a", "dc1-b"}
    assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_selections_in_any_order_add_up_to_a_whole_compile(fresh) -> None:
    repo = fresh
    for path in ("apps/search", "apps/shop/web.yaml", "apps/pay"):
        run = repo.compile(path)
        assert not run.codes
        assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert repo.tree() == clean_tree(repo)
    shutil.rmtree(repo.out)
    for only in ("prod/dc2", "prod/dc1/dc1-b", "prod/dc1/dc1-a"):
        repo.compile(only=(only,))
        assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert repo.tree() == clean_tree(repo)


@pytest.mark.parametrize("name", ["inventory.json", "prod/dc1/dc1-a/inventory.json", "prod/dc1/facts.json"])
@pytest.mark.parametrize("selection", [("apps/shop",), ()])
def test_a_selection_of_a_torn_tree_takes_nothing_from_anybody(repo, name, selection) -> None:
    """It cannot tell what the others have, so it either knows better or says that the whole must be compiled first."""
    repo.compile()
    before = repo.tree()
    (repo.out / name).write_bytes(before[name][:-40])
    repo.put("shop/web", env=[{"name": "NEW", "value": "1"}])
    run = repo.compile(*selection, **({} if selection else {"only": ("prod/dc2",)}))
    after = repo.tree()
    others = {p for p in before if is_overlay(p) and not p.endswith("/web.yaml")}
    assert {p: after.get(p) for p in others} == {p: before[p] for p in others}
    assert run.fatal or owned(repo.out) == set(after)
    repo.compile()
    assert repo.tree() == clean_tree(repo)


# Trees that were left half-way


def apart(repo: Repo, prepare) -> tuple[int, str]:
    """A compile in a process of its own, after `prepare` has spoilt something there: how it ended, and what it said."""
    said = repo.folder / "said"

    def run() -> None:
        prepare()
        try:
            text = repr(repo.compile())
        except DiagnosticError as error:  # of write(); the command line shows it like any other
            text = str(error)
        except Exception:  # noqa: BLE001 - what would have been a traceback
            text = traceback.format_exc()
        with said.open("w") as stream:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            stream.write(text)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    text = said.read_text() if said.exists() else ""
    said.unlink(missing_ok=True)
    return process.exitcode or 0, text


def spoil(monkeypatch, name: str, number: int, when) -> None:
    """Make a call of the operating system fail; it stands for a disk that does, and is not one."""
    module, _, function = name.rpartition(".")
    real, calls = getattr(sys.modules[module], function), itertools.count()

    def call(*args, **more):
        if when(next(calls), *args):
            raise OSError(number, os.strerror(number))
        return real(*args, **more)

    monkeypatch.setattr(name, call)


def killed(repo: Repo, at: int) -> None:
    """A compile that is killed before its `at`-th rename."""
    real, calls = os.replace, itertools.count()

    def dying(*args):
        if next(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)

    def prepare() -> None:
        os.replace = dying

    assert apart(repo, prepare)[0] == -signal.SIGKILL


@pytest.mark.parametrize("at", [1, 5, 7, 9, 11, 12])
def test_a_change_that_was_killed_half_way_and_then_taken_back_leaves_no_trace(repo, at) -> None:
    repo.compile()
    before = repo.tree()
    changed = repo.put("shop/web", env=[{"name": "V", "value": "2"}], spread="every", replicas=3)
    new = repo.put("shop/new", spread="every")
    killed(repo, at)
    repo.put("shop/web")
    assert changed.exists()
    new.unlink()
    run = repo.compile()
    assert not run.codes, run
    assert repo.tree() == before


@pytest.mark.parametrize("at", [0, 8, 15])
def test_a_first_compile_that_was_killed_and_then_other_inputs(fresh, at) -> None:
    """Nothing names what was written: the next run must neither stumble over it nor leave it behind."""
    repo = fresh
    killed(repo, at)
    repo.put("shop/web", env=[{"name": "V", "value": "2"}])
    repo.remove("pay/cards")
    run = repo.compile()
    assert not run.codes, run
    assert repo.tree() == clean_tree(repo)


def test_staged_files_of_a_killed_run_are_cleared(repo) -> None:
    repo.compile()
    before = repo.tree()
    repo.put("shop/web", env=[{"name": "V", "value": "2"}])
    killed(repo, 0)
    repo.put("shop/web")
    left = repo.out / ".sixfold-staging-abc"
    left.mkdir()
    (left / "1-0").write_text("half")
    repo.compile()
    assert repo.tree() == before


def test_a_file_that_was_changed_and_dated_back_is_repaired_by_a_run_that_verifies(repo) -> None:
    """Size and time are trusted, as git's index does; --verify reads every file."""
    repo.compile()
    before = repo.tree()
    path = repo.out / "prod/dc1/dc1-a/pay/cards.yaml"
    path = path if path.exists() else repo.out / "prod/dc1/dc1-b/pay/cards.yaml"
    status = path.stat()
    path.write_bytes(b"X" + path.read_bytes()[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert repo.compile().changed == {}
    repo.compile(verify=True)
    assert repo.tree() == before


@pytest.mark.parametrize("name", ["_platform", "_tenancy/shop.yaml", "argocd/main"])
def test_platform_files_changed_by_hand_are_repaired(repo, name) -> None:
    repo.compile()
    before = repo.tree()
    path = next(p for p in before if name in p)
    (repo.out / path).write_bytes(before[path].replace(b"a", b"b", 1))
    repo.compile()
    assert repo.tree() == before


@given(st.data())
@examples(6)
def test_any_damage_to_the_tree_is_repaired_by_the_next_run(damaged, data) -> None:
    repo, before = damaged
    for path in data.draw(st.lists(st.sampled_from(sorted(before)), min_size=1, max_size=4, unique=True)):
        how = data.draw(st.sampled_from(["truncate", "flip", "remove", "append"]))
        content = before[path]
        position = data.draw(st.integers(0, len(content) - 1))
        if how == "remove":
            (repo.out / path).unlink()
        else:
            flipped = content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]
            (repo.out / path).write_bytes(
                {"truncate": content[:position], "flip": flipped, "append": content + b" "}[how]
            )
    run = repo.compile()
    assert not run.codes, run
    assert repo.tree() == before


@pytest.fixture(scope="module")
def damaged(compiled, tmp_path_factory):
    repo = copy_of(compiled, tmp_path_factory.mktemp("damaged") / "repo")
    repo.compile()
    return repo, repo.tree()


# The file system says no


@pytest.mark.parametrize(
    ("call", "number", "when"),
    [
        ("os.write", errno.ENOSPC, lambda _n, _fd, data: len(data) > 200),
        ("tempfile.mkdtemp", errno.EROFS, lambda *_: True),
        ("os.replace", errno.ENOSPC, lambda n, *_: n > 3),
        ("os.fsync", errno.EIO, lambda n, *_: n > 2),
    ],
    ids=["full while staging", "read-only", "full while renaming", "a disk that fails"],
)
def test_when_the_disk_refuses_it_is_said_and_the_next_run_mends_it(repo, call, number, when) -> None:
    before = repo.tree()
    repo.put("shop/web", env=[{"name": "V", "value": "2"}])
    _, said = apart(repo, lambda: spoil(pytest.MonkeyPatch(), call, number, when))
    assert "SF704" in said
    assert os.strerror(number) in said
    assert "Traceback" not in said
    if call in ("os.write", "tempfile.mkdtemp"):
        assert repo.tree() == before
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_a_limit_of_file_size_by_the_kernel_is_said_and_nothing_is_written(repo) -> None:
    """A real refusal, of every file over 1 KiB: it costs the app whose overlay that is, and inventories cost the run."""
    before = repo.tree()
    repo.put("shop/web", env=[{"name": "V", "value": "x" * 2000}])
    code, said = apart(repo, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY)))
    assert code == 0
    assert "SF704" in said or "SF502" in said
    assert "Traceback" not in said
    assert repo.tree() == before


# The fleet changes


def test_a_fleet_that_is_wrong_writes_nothing(repo) -> None:
    repo.compile()
    before = repo.tree()
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-a"]["instance"] = "nowhere"
    repo.write_fleet()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF308"]
    assert repo.tree() == before


def test_a_cluster_that_leaves_the_fleet_leaves_the_tree(repo) -> None:
    repo.put("shop/web", spread="every")
    repo.compile()
    del repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]
    repo.write_fleet()
    repo.compile("apps/pay")  # not while a part is looked at
    assert any("/dc1-b/" in p for p in repo.tree())
    repo.compile()
    assert not any("/dc1-b/" in p for p in repo.tree())
    assert repo.tree() == clean_tree(repo)


@pytest.mark.parametrize("state", ["draining", "standby"])
def test_a_cluster_that_is_not_active_keeps_its_platform_and_no_team(repo, state) -> None:
    repo.put("shop/web", spread="every")
    repo.compile()
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = state
    repo.write_fleet()
    repo.compile()
    assert not any(is_overlay(p) for p in repo.tree() if "/dc1-b/" in p)
    assert any("/dc1-b/_platform/" in p for p in repo.tree())
    assert repo.tree() == clean_tree(repo)


def test_a_team_whose_apps_are_all_gone_is_still_named_with_none(repo) -> None:
    """An explicit 0 is the inventory saying: empty on purpose."""
    repo.compile()
    repo.remove("pay/cards")
    repo.compile()
    root = json.loads((repo.out / "inventory.json").read_bytes())
    assert root["teams"]["pay"]["applications"] == {"prod/dc1": 0, "prod/dc2": 0}


def test_only_what_concerns_a_cluster_changes_when_another_app_comes(repo) -> None:
    """A new app adds its overlays, and what gateways and inventories say of it; tenancy and Argo CD stay."""
    repo.compile()
    before = repo.tree()
    repo.put("shop/new")
    repo.compile()
    touched = {p for p, d in repo.tree().items() if before.get(p) != d and not is_overlay(p)}
    assert all(p.endswith(("inventory.json", "facts.json")) or "/_platform/" in p for p in touched), touched


def test_release_files_change_the_versions_of_their_environment(repo) -> None:
    repo.compile()
    repo.write(
        "releases/prod.yaml", 'apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: prod\napps: {shop/web: "9.9"}\n'
    )
    run = repo.compile()
    assert run.summary.evaluated == 1
    assert all(b"registry.example.com/app:9.9" in d for d in overlays_of(repo.tree(), "shop/web").values())


def test_a_release_file_of_no_environment_is_told(repo) -> None:
    repo.write("releases/prdo.yaml", "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: prdo\napps: {}\n")
    run = repo.compile()
    assert run.codes == ["SF202"]
    assert "'prod'" in run.diagnostics[0].help


def test_config_files_are_inputs_too(repo) -> None:
    repo.write("apps/shop/web/a.txt", "one")
    repo.put("shop/web", config=[{"name": "c", "files": {"a": "web/a.txt"}, "mountPath": "/c"}])
    repo.compile()
    assert repo.compile().summary.evaluated == 0
    repo.write("apps/shop/web/a.txt", "two")
    run = repo.compile()
    assert run.summary.evaluated == 1
    assert repo.tree() == clean_tree(repo)
    (repo.folder / "apps/shop/web/a.txt").unlink()
    before = repo.tree()
    assert repo.compile().codes == ["SF216"]
    assert repo.tree() == before


def test_a_config_map_that_the_api_server_would_not_store(repo) -> None:
    repo.write("apps/shop/web/a.txt", "x" * 600_000)
    repo.write("apps/shop/web/b.txt", "y" * 600_000)
    repo.put("shop/web", config=[{"name": "c", "files": {"a": "web/a.txt", "b": "web/b.txt"}, "mountPath": "/c"}])
    run = repo.compile()
    assert run.codes == ["SF216"]
    assert run.diagnostics[0].span.line > 1
    repo.write("apps/shop/web/b.txt", "y" * 400_000)
    assert repo.compile().codes == []
    repo.write("apps/shop/web/b.txt", "y" * (901 * 1024))
    assert "larger than 900 KiB" in repo.compile().diagnostics[0].message


# Non-interference


HOSTILE_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)
HOSTILE_SPEC = st.dictionaries(
    st.sampled_from(["image", "env", "ports", "calls", "roads", "replicas", "config", "volumes", "kind", "spread", "tier", "dataCenters"]),
    st.recursive(
        HOSTILE_TEXT | st.integers(-(10**6), 10**6) | st.booleans() | st.none()
        | st.sampled_from(["index", "*", "shop", "search", "direct", "../search/index.yaml", "{{ .x }}", "dc1", "prod"]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "app", "host", "path", "port", "callers", "external", "direct", "files", "data"]), inner, max_size=4),
        max_leaves=8,
    ),
    max_size=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def neighbours(compiled, tmp_path_factory):
    repo = copy_of(compiled, tmp_path_factory.mktemp("neighbours") / "repo")
    repo.put("search/index", roads={"intra-dc": {"callers": ["*"]}, "external": {"path": "/search"}})
    repo.compile()
    return repo, {p: d for p, d in repo.tree().items() if is_overlay(p)}


@given(HOSTILE_SPEC)
@examples(25)
def test_whatever_one_team_writes_the_others_overlays_stay_byte_for_byte(neighbours, spec) -> None:
    repo, before = neighbours
    repo.put("pay/evil", **spec)
    with plan(repo.options(stage_in_tree=True)) as made:
        assert not made.fatal, made.diagnostics
        assert {d.app for d in made.diagnostics} <= {"pay/evil"}
        made.write()
    after = {p: d for p, d in repo.tree().items() if is_overlay(p) and not p.endswith("/evil.yaml")}
    assert after == before
    assert owned(repo.out) == set(repo.tree())


def test_a_path_at_the_edge_belongs_to_the_app_that_had_it_first(repo) -> None:
    repo.put("shop/web", roads={"external": {"path": "/api"}})
    repo.compile()
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("pay/cards", roads={"external": {"path": "/api"}})
    run = repo.compile()
    assert run.codes == ["SF412"], run
    assert {d.app for d in run.diagnostics} == {"pay/cards"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == before
    repo.put("pay/cards", roads={"external": {"host": "example.com", "loadBalancer": True}})  # would take all of it
    assert repo.compile().codes == ["SF451"]
    repo.put("pay/cards", roads={"external": {"host": "cards.example.com", "loadBalancer": True}})
    repo.put("shop/web", roads={"external": {"path": "/v2"}})
    repo.put("search/index", roads={"external": {"path": "/api/"}})  # what web gives up is free in the same run
    run = repo.compile()
    assert run.codes == [], run


def test_a_name_that_its_owner_keeps_after_all_is_taken_from_the_newcomer_again(repo) -> None:
    """web moves away from /api, index moves in; web's move fails, so both stay as they were."""
    repo.put("shop/web", roads={"external": {"path": "/api"}})
    repo.put("pay/cards", roads={"external": {"path": "/pay"}})
    repo.compile()
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("shop/web", roads={"external": {"path": "/pay"}})
    repo.put("search/index", roads={"external": {"path": "/api"}})
    run = repo.compile()
    assert run.codes == ["SF412", "SF412"], run
    assert {d.app for d in run.diagnostics} == {"shop/web", "search/index"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == before


# The example fleet


def test_the_examples_compile_and_again_change_nothing(tmp_path) -> None:
    options = Options(
        fleet=ENVIRONMENTS,
        out=tmp_path / "tree",
        base=EXAMPLES,
        paths=(EXAMPLES / "live", EXAMPLES / "boutique"),
        stage_in_tree=True,
    )
    with plan(options) as made:
        assert made.diagnostics == ()
        assert made.summary.targets == 9
        made.write()
    assert owned(tmp_path / "tree") == set(tree(tmp_path / "tree"))
    with plan(options) as made:
        assert (made.summary.evaluated, made.changes) == (0, ())


def test_every_replica_asked_for_is_somewhere(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-c"] = cluster("dc1-c", 50)
    repo.write_fleet()
    repo.put("shop/web", replicas=11)
    repo.compile()
    found: dict[str, int] = {}
    for path, data in overlays_of(repo.tree(), "shop/web").items():
        (line,) = [x for x in data.decode().splitlines() if x.strip().startswith("replicas:")]
        cell = path.rsplit("/", 3)[0]
        found[cell] = found.get(cell, 0) + int(line.split()[1])
    assert found == {"prod/dc1": 11, "prod/dc2": 11}


def test_a_retired_cluster_has_nothing_left_but_its_secret(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = "retired"
    repo.write_fleet()
    part = repo.compile("apps/shop")  # looks at one team only: what is on the cluster is not its to take away
    assert part.codes == []
    assert any("/dc1-b/_platform/" in p for p in repo.tree())
    assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert not any("/dc1-b/" in p for p in repo.tree())
    assert b"cluster-prod-dc1-b" in repo.tree()["argocd/main/clusters.yaml"]
    assert repo.tree() == clean_tree(repo)
