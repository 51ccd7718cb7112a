"""Trees that are incomplete, damaged, or rejected by the disk are repaired by the next compile."""

from __future__ import annotations

import errno
import os
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.profiles import examples
from tests.support.histories import apart, clean_tree, killed, spoil


@pytest.mark.parametrize("at", [1, 5, 7, 9, 11, 12])
def test_a_killed_change_that_is_reverted_leaves_no_trace(repo, at) -> None:
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
def test_a_killed_first_compile_does_not_affect_other_inputs(fresh, at) -> None:
    """No inventory names the written files; the next compile must neither fail because of them nor leave them."""
    repo = fresh
    killed(repo, at)
    repo.put("shop/web", env=[{"name": "V", "value": "2"}])
    repo.remove("pay/cards")
    run = repo.compile()
    assert not run.codes, run
    assert repo.tree() == clean_tree(repo)


def test_staged_files_of_a_killed_compile_are_deleted(repo) -> None:
    before = repo.tree()
    repo.put("shop/web", env=[{"name": "V", "value": "2"}])
    killed(repo, 0)
    repo.put("shop/web")
    left = repo.out / ".sixfold-staging-abc"
    left.mkdir()
    (left / "1-0").write_text("half")
    repo.compile()
    assert repo.tree() == before


@pytest.mark.parametrize("option", ["reread", "fresh"])
def test_a_changed_file_with_an_old_date_is_repaired_by_a_compile_that_reads_it(repo, option) -> None:
    """A compile trusts size and time, like the index of git; --check and --fresh read every file."""
    before = repo.tree()
    path = repo.out / "prod/dc1/dc1-a/pay/cards.yaml"
    path = path if path.exists() else repo.out / "prod/dc1/dc1-b/pay/cards.yaml"
    status = path.stat()
    path.write_bytes(b"X" + path.read_bytes()[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert repo.compile().changed == {}
    run = repo.compile(**{option: True})
    assert list(run.changed) == [path.relative_to(repo.out).as_posix()]
    assert run.summary.evaluated == (3 if option == "fresh" else 1)
    assert repo.tree() == before


@pytest.mark.parametrize("name", ["_platform", "_tenancy/shop.yaml", "argocd/main"])
def test_platform_files_changed_by_hand_are_repaired(repo, name) -> None:
    before = repo.tree()
    path = next(p for p in before if name in p)
    (repo.out / path).write_bytes(before[path].replace(b"a", b"b", 1))
    repo.compile()
    assert repo.tree() == before


@given(st.data())
@examples(6)
def test_any_damage_to_the_tree_is_repaired_by_the_next_compile(damaged, data) -> None:
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
    repo = compiled.copied_to(tmp_path_factory.mktemp("damaged") / "repo")
    repo.compile()
    return repo, repo.tree()


# Errors of the file system


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
def test_a_disk_error_is_reported_and_the_next_compile_repairs_it(repo, call, number, when) -> None:
    before = repo.tree()
    repo.put("shop/web", env=[{"name": "V", "value": "2"}])
    _, report = apart(repo, lambda: spoil(pytest.MonkeyPatch(), call, number, when))
    assert "SF704" in report
    assert os.strerror(number) in report
    assert "Traceback" not in report
    if call in ("os.write", "tempfile.mkdtemp"):
        assert repo.tree() == before
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_a_file_size_limit_is_reported_and_nothing_is_written(repo) -> None:
    """A real limit rejects every file over 1 KiB: an overlay fails its app, an inventory fails the compile."""
    before = repo.tree()
    repo.put("shop/web", env=[{"name": "V", "value": "x" * 2000}])
    code, report = apart(repo, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY)))
    assert code == 0
    assert "SF704" in report or "SF502" in report
    assert "Traceback" not in report
    assert repo.tree() == before
