"""Complete compiles: equal bytes on every machine, failures of single apps, and repair of a damaged tree."""

import errno
import multiprocessing
import os
import random
import subprocess
import sys
import time

import pytest

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.pipeline.plan import plan
from tests.support.histories import apart, killed
from tests.support.repos import ENVIRONMENTS, EXAMPLES, ROOT, fingerprint, is_overlay, owned, tree

DC1 = Cell("prod", "dc1")


def compile_in_process(folder, *, seed="0", cwd="/", jobs=1, tz="UTC", umask=0o022, out="overlays"):
    code = (
        "import os, sys; from pathlib import Path; from sixfold_compiler.inputs.options import Options;"
        "from sixfold_compiler.pipeline.plan import plan;"
        f"os.umask({umask}); folder = Path({str(folder)!r});"
        f"options = Options(fleet=folder / 'environments', base=folder, out=folder / {out!r}, jobs={jobs},"
        " stage_in_tree=True);\n"
        "with plan(options) as made: made.write(); sys.exit(bool(made.diagnostics))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": tz, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, check=False).returncode


def test_the_tree_does_not_depend_on_folder_seed_zone_umask_or_workers(fresh):
    fresh.options()  # writes the lock
    prints = set()
    for number, (seed, cwd, jobs, zone, umask) in enumerate(
        [
            ("1", "/", 1, "UTC", 0o022),
            ("77", str(fresh.folder), 3, "Asia/Kolkata", 0o077),
            ("random", "/tmp", 4, "PST8", 0),
        ]
    ):
        out = f"tree{number}"
        assert compile_in_process(fresh.folder, seed=seed, cwd=cwd, jobs=jobs, tz=zone, umask=umask, out=out) == 0
        prints.add(fingerprint(tree(fresh.folder / out)))
    assert len(prints) == 1


@pytest.mark.slow
def test_both_engines_give_the_same_tree_for_the_example_fleet(tmp_path):
    prints = {}
    for engine in ("rjsonnet", "jsonnet"):
        out = tmp_path / engine
        options = Options(
            paths=(EXAMPLES,), fleet=ENVIRONMENTS, out=out, base=EXAMPLES, engine=engine, stage_in_tree=True
        )
        with plan(options) as result:
            assert result.diagnostics == ()
            result.write()
        prints[engine] = fingerprint(tree(out))
    assert prints["rjsonnet"] == prints["jsonnet"]


def test_the_inventories_name_every_file_with_its_digest_and_no_other(repo):
    assert owned(repo.out) == set(repo.tree())


def test_a_second_run_evaluates_nothing_and_writes_nothing(repo):
    before = {p: p.stat().st_mtime_ns for p in repo.out.rglob("*")}
    again = repo.compile()
    assert again.summary.evaluated == 0
    assert again.changed == {}
    assert {p: p.stat().st_mtime_ns for p in repo.out.rglob("*")} == before


def test_a_changed_app_changes_its_own_overlays_only(repo):
    repo.put("pay/cards", env=[{"name": "NEW", "value": "yes"}])
    run = repo.compile()
    assert run.summary.evaluated == 1
    assert run.overlays
    assert {p.rpartition("/")[2] for p in run.overlays} == {"cards.yaml"}


def test_a_new_app_changes_no_other_overlays(repo):
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("pay/refunds")
    run = repo.compile()
    assert set(run.overlays.values()) == {"create"}
    assert {p: d for p, d in repo.tree().items() if p in before} == before


HOSTILE = {
    "not yaml": b"a: [",
    "bomb": b"[" * 50_000,
    "not utf-8": b"\xff\xfe\x00",
    "another team's name": None,
    "cluster-wide object": b"ClusterRole",
    "jsonnet in text": b"jsonnet",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_manifest_fails_alone(repo, what):
    """The overlays of all other teams have the same bytes with this manifest and without it."""
    clean = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    if what == "another team's name":
        (repo.folder / "apps/pay/evil.yaml").write_text((repo.folder / "apps/shop/web.yaml").read_text())
    elif what == "cluster-wide object":
        role = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "x"},
            "rules": [],
        }
        repo.put("pay/evil", role)
    elif what == "jsonnet in text":
        repo.put("pay/evil", env=[{"name": "X", "value": "' + importstr '/etc/hostname' + '"}], image="x")
    else:
        repo.write("apps/pay/evil.yaml", HOSTILE[what])
    run = repo.compile()
    assert run.codes
    assert not run.fatal
    assert {d.app for d in run.diagnostics} == {"pay/evil"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == clean


def test_the_cost_of_broken_manifests_is_linear(fresh, monkeypatch):
    """A regression: every problem is reported once, which once took a comparison for each pair of problems."""
    compared = 0
    equal = Diagnostic.__eq__

    def counted(problem, other):
        nonlocal compared
        compared += 1
        return equal(problem, other)

    monkeypatch.setattr(Diagnostic, "__eq__", counted)
    for number in range(100):
        fresh.write(f"apps/shop/broken{number}.yaml", "".join(f"field{n}: 1\n" for n in range(20)))
    run = fresh.compile(jobs=1)
    assert len(run.diagnostics) > 2000
    assert compared < 20 * len(run.diagnostics)


def test_a_manifest_over_the_size_limit_fails_alone(fresh):
    fresh.write("apps/shop/huge.yaml", b"# much\n" * 200_000)
    run = fresh.compile()
    (problem,) = run.diagnostics
    assert (problem.code, problem.app, problem.span.file) == ("SF111", "shop/huge", "apps/shop/huge.yaml")
    assert "1024 KiB" in problem.help
    assert AppKey("shop", "web") not in run.summary.failed


def test_a_broken_app_keeps_its_last_good_overlay(repo):
    before = repo.tree()
    repo.write("apps/pay/cards.yaml", "a: [")
    run = repo.compile()
    assert run.codes == ["SF100"]
    assert repo.tree() == before
    repo.put("pay/cards")
    assert repo.compile().codes == []
    assert repo.tree() == before


def test_a_removed_app_is_deleted_by_a_complete_compile_only(repo):
    repo.remove("pay/cards")

    def left():
        return {p.split("/")[1] for p in repo.tree() if p.endswith("/pay/cards.yaml")}

    before = left()
    repo.compile("apps/shop")
    assert left() == before
    repo.compile(only=("prod/dc1",))
    assert left() == {"dc2"}
    assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert left() == set()


def test_a_complete_compile_without_manifests_removes_nothing(repo):
    before = repo.tree()
    for key in ("shop/web", "pay/cards", "search/index"):
        repo.remove(key)
    run = repo.compile()
    assert run.codes == ["SF223"]
    assert run.fatal
    assert repo.tree() == before


def test_foreign_files_are_never_touched(repo):
    repo.write("overlays/prod/dc1/dc1-a/pay/notes.yaml", "mine: true\n")
    repo.write("overlays/README.md", "mine")
    repo.remove("pay/cards")
    repo.compile()
    assert (repo.out / "prod/dc1/dc1-a/pay/notes.yaml").read_text() == "mine: true\n"
    assert (repo.out / "README.md").read_text() == "mine"


def test_a_foreign_file_at_an_overlay_path_prevents_writing(fresh):
    home = fresh.lock().homes[DC1]["pay/cards"]
    place = fresh.write(f"overlays/prod/dc1/{home}/pay/cards.yaml", "mine: true\n")
    run = fresh.compile()
    assert run.codes == ["SF702"]
    assert set(fresh.tree()) == {f"prod/dc1/{home}/pay/cards.yaml"}
    assert place.read_text() == "mine: true\n"


@pytest.mark.parametrize("text", ['{"hosts": ["10.0.0.1"]}', "[web]\n10.0.0.1\n", '["a"]', "hosts: [a]\n"])
def test_an_inventory_of_others_is_not_overwritten(fresh, text):
    """Other programs call their lists inventory.json as well, and not all of them write JSON."""
    place = fresh.write("overlays/inventory.json", text)
    run = fresh.compile()
    assert [(d.code, d.span.file) for d in run.diagnostics] == [("SF702", "inventory.json")]
    assert set(fresh.tree()) == {"inventory.json"}
    assert place.read_text() == text


@pytest.mark.parametrize("text", ["", "\0" * 100, "{}", '{"hosts": []}', "<<<<<<< HEAD\n"])
def test_a_root_inventory_of_ours_is_repaired_whatever_it_says(repo, text):
    """The inventories below it show whose tree this is."""
    before = repo.tree()
    (repo.out / "inventory.json").write_text(text)
    run = repo.compile()
    assert run.diagnostics == ()
    assert repo.tree() == before


@pytest.mark.parametrize("place", ["overlays", "overlays/below"])
def test_a_file_in_the_place_of_the_folder_is_named(fresh, place):
    fresh.write("overlays", "mine")
    fresh.out = fresh.folder / place
    assert [(d.code, d.span.file) for d in fresh.compile().diagnostics] == [("SF702", "overlays")]
    assert (fresh.folder / "overlays").read_text() == "mine"


def test_a_link_in_the_tree_is_not_followed(fresh, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (fresh.out / "prod").mkdir(parents=True)
    (fresh.out / "prod" / "dc1").symlink_to(tmp_path / "elsewhere")
    run = fresh.compile()
    assert "SF703" in run.codes
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("edit", [b"X", None], ids=["same size", "removed"])
def test_a_file_changed_by_hand_is_repaired(repo, edit):
    before = repo.tree()
    time.sleep(0.02)  # like an edit by hand, the edit is later than the inventory
    path = repo.out / f"prod/dc1/{repo.lock().homes[DC1]['pay/cards']}/pay/cards.yaml"
    if edit is None:
        path.unlink()
    else:
        path.write_bytes(edit + path.read_bytes()[1:])
    repo.compile()
    assert repo.tree() == before
    assert repo.compile().changed == {}


@pytest.mark.parametrize("name", ["inventory.json", "prod/dc1/dc1-a/inventory.json", "prod/dc1/facts.json"])
@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"kind":"Inventory","clusters":[]}'])
def test_a_damaged_inventory_does_not_break_the_next_compile(repo, name, damage):
    before = repo.tree()
    (repo.out / name).write_bytes(damage)
    repo.compile()
    assert repo.tree() == before


def test_of_two_concurrent_compiles_one_is_rejected(fresh):
    with plan(fresh.options()) as first:
        assert first.diagnostics == ()
        with plan(fresh.options()) as second:
            assert [d.code for d in second.diagnostics] == ["SF701"]
        first.write()
    assert owned(fresh.out) == set(fresh.tree())


def test_a_compile_killed_at_any_point_is_repaired_by_the_next(compiled, tmp_path):
    clean = compiled.copied_to(tmp_path / "clean")
    clean.put("shop/web", env=[{"name": "V", "value": "2"}])
    clean.compile(fresh=True)
    wanted = clean.tree()
    generator = random.Random(6)
    for number in range(6):
        repo = compiled.copied_to(tmp_path / f"killed{number}")
        repo.put("shop/web", env=[{"name": "V", "value": "2"}])
        process = multiprocessing.get_context("fork").Process(target=repo.compile)
        process.start()
        time.sleep(generator.uniform(0.0, 0.2))
        process.kill()
        process.join()
        repo.compile()
        assert repo.tree() == wanted, number


@pytest.mark.parametrize("at", range(0, 24, 6))
def test_a_compile_killed_between_two_renames_is_repaired_by_the_next(compiled, fresh, at):
    killed(fresh, at)
    assert not (fresh.out / "inventory.json").exists()  # the root is written last, so no reader accepts this as a tree
    fresh.compile()
    assert fresh.tree() == compiled.tree()


def test_a_full_disk_leaves_the_tree_as_it_was(repo):
    """Writes fail with ENOSPC in another process, since tests cannot mount a small file system everywhere."""
    before = repo.tree()
    repo.put("pay/cards", env=[{"name": "NEW", "value": "yes"}])
    real = os.write

    def full(descriptor, data):
        if bytes(data[:10]) == b"apiVersion":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data)

    code, report = apart(repo, lambda: setattr(os, "write", full))
    assert code == 0
    assert "No space left" in report
    assert "Traceback" not in report
    assert repo.tree() == before


def test_a_service_name_belongs_to_the_app_that_had_it_first(repo):
    repo.put("shop/zeta")
    repo.compile()
    repo.put("pay/zeta")  # sorts before shop/zeta, but is added later
    run = repo.compile()
    assert run.codes == ["SF407"]
    assert {d.app for d in run.diagnostics} == {"pay/zeta"}
    assert (repo.out / "prod/dc1/dc1-a/shop/zeta.yaml").exists() or (
        repo.out / "prod/dc1/dc1-b/shop/zeta.yaml"
    ).exists()


def test_a_caller_is_rendered_again_when_its_callee_changes(repo):
    repo.put("shop/web", calls=[{"app": "stock"}], env=[{"name": "STOCK", "valueFrom": {"callRef": {"app": "stock"}}}])
    repo.put("shop/stock")
    repo.compile()
    repo.put("shop/stock", ports=[{"name": "http", "port": 9000}])
    run = repo.compile()
    assert run.summary.evaluated == 2
    assert any(b"stock.dc1.svc.cluster.local:9000" in d for p, d in repo.tree().items() if p.endswith("/web.yaml"))


def test_a_call_that_no_road_admits_is_an_error_of_the_caller(fresh):
    fresh.put("shop/web", calls=[{"app": "cards"}])
    run = fresh.compile()
    assert run.codes == ["SF405"]
    assert run.diagnostics[0].span.line > 1


def test_a_library_extension_changes_the_overlays(repo):
    repo.write(
        "environments/lib/main.libsonnet",
        "{ core+: { labels(m, t, v):: super.labels(m, t, v) + { extra: 'yes' } } }",
    )
    repo.compile()
    assert all(b'extra: "yes"' in d for p, d in repo.tree().items() if is_overlay(p))
