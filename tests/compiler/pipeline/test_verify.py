"""`verify` compiles from nothing and compares the tree byte by byte, whatever the tree's own inventories say."""

from __future__ import annotations

import json
import random

import pytest

from sixfold_compiler.pipeline.verify import verify
from tests.support.forging import forge, sealed_root
from tests.support.git import commit_all, git, new_repo
from tests.support.repos import Repo, is_overlay

BROKEN = "apiVersion: sixfold.dev/v1\nkind: App\nmetadata: {name: cards, team: pay}\nspec: {image: 7}\n"
STOCK = {"calls": [{"app": "stock"}], "env": [{"name": "STOCK", "valueFrom": {"callRef": {"app": "stock"}}}]}


@pytest.fixture(scope="module")
def committed(compiled, tmp_path_factory):
    """Commit the compiled repo, with the branch `verified` at this commit. Do not change it: copy it."""
    repo = compiled.copied_to(tmp_path_factory.mktemp("committed") / "repo")
    new_repo(repo.folder)
    commit_all(repo.folder, "Compile")
    git(repo.folder, "branch", "verified")
    return repo


@pytest.fixture
def verified(committed, tmp_path):
    """Copy the compiled and committed repo."""
    return committed.copied_to(tmp_path / "repo")


def check(repo: Repo, base: str = "", **options: bool):
    return verify(repo.options(guard=True), base, **options)


def findings(result) -> list[tuple[str, str]]:
    return [(d.code, d.span.file.removeprefix("overlays/") if d.span else "") for d in result.diagnostics]


def overlay(repo: Repo, app: str) -> str:
    return next(path for path in sorted(repo.tree()) if path.endswith(f"/{app}.yaml") and is_overlay(path))


def test_a_tree_that_was_compiled_passes_with_and_without_a_base(verified) -> None:
    files = len(verified.tree())
    for base in ("", "verified"):
        result = check(verified, base)
        assert (findings(result), result.files, result.unchanged) == ([], files, False)
        assert result.summary.evaluated == 3


@pytest.mark.parametrize(
    "path",
    ["pay/cards", "_platform/gateway.yaml", "_tenancy/pay.yaml", "argocd/main/platform.yaml", "prod/dc1/facts.json"],
)
def test_a_forged_file_with_matching_digests_is_named_although_a_compile_believes_it(verified, path) -> None:
    path = next(known for known in sorted(verified.tree()) if path in known)
    data = (verified.out / path).read_bytes()
    forged = data.replace(b"web", b"wob") if path.endswith("facts.json") else data + b"# forged\n"
    assert forged != data
    changed = forge(verified.out, path, forged)
    assert path == "prod/dc1/facts.json" or verified.compile().changed == {}, "the compile believes the inventories"
    for base in ("", "verified"):
        result = check(verified, base)
        assert {file for _, file in findings(result)} == changed
        assert {d.code for d in result.diagnostics} == {"SF730"}
    verified.compile(fresh=True)
    assert findings(check(verified)) == []


def test_each_finding_names_the_input_that_the_file_comes_from(verified) -> None:
    cards, web = overlay(verified, "cards"), overlay(verified, "web")
    (verified.out / cards).unlink()
    (verified.out / web).write_bytes(b"")
    (verified.out / "argocd/main/zz.yaml").write_bytes(b"# x\n")
    (verified.out / "argocd/main/platform.yaml").unlink()
    (verified.out / "prod/dc2/facts.json").write_bytes(b"{}")
    assert [(d.code, d.message) for d in check(verified).diagnostics] == [
        ("SF730", "overlays/argocd/main/platform.yaml is missing from the tree: it comes from environments/fleet.jsonnet"),
        ("SF730", "overlays/argocd/main/zz.yaml is in the tree, but nothing compiles to it"),
        ("SF730", f"overlays/{cards} is missing from the tree: it comes from apps/pay/cards.yaml"),
        ("SF730", f"overlays/{web} is not what is compiled from apps/shop/web.yaml"),
        ("SF730", "overlays/prod/dc2/facts.json is not what is compiled from the manifests of prod/dc2"),
    ]  # fmt: skip


def test_a_link_with_the_right_content_is_no_file_of_the_tree(verified) -> None:
    path = verified.out / overlay(verified, "web")
    path.rename(verified.folder / "web.yaml")
    path.symlink_to(verified.folder / "web.yaml")
    (problem,) = check(verified, "verified").diagnostics
    assert problem.message.endswith("is not a regular file")


def test_a_tree_that_is_not_current_fails_even_if_it_is_that_of_the_base(verified) -> None:
    verified.put("shop/web", replicas=3)
    assert findings(check(verified, "verified"))
    assert check(verified, "verified", accept_unchanged=True).unchanged
    (verified.out / "argocd/main/zz.yaml").write_bytes(b"# x\n")
    assert findings(check(verified, "verified", accept_unchanged=True))
    (verified.out / "argocd/main/zz.yaml").unlink()
    (verified.out / "argocd/main/platform.yaml").unlink()
    assert findings(check(verified, "verified", accept_unchanged=True))


# Apps that do not compile


def test_an_app_that_does_not_compile_must_have_the_files_of_the_base(verified) -> None:
    verified.write("apps/pay/cards.yaml", BROKEN)
    assert verified.compile().summary.failed
    result = check(verified, "verified")
    assert (findings(result), [str(key) for key in result.summary.failed]) == ([], ["pay/cards"])
    path = overlay(verified, "cards")
    changed = forge(verified.out, path, (verified.out / path).read_bytes() + b"# forged\n")
    assert verified.compile().changed == {}, "the compile keeps what the inventories name"
    result = check(verified, "verified")
    assert {file for _, file in findings(result)} == changed
    assert ("SF731", path) in findings(result)


def test_without_a_base_an_app_that_does_not_compile_is_named_and_not_verified(verified) -> None:
    verified.write("apps/pay/cards.yaml", BROKEN)
    verified.compile()
    result = check(verified)
    assert [d.code for d in result.diagnostics] == ["SF732"]
    assert result.diagnostics[0].message.startswith("pay/cards does not compile, so ")
    assert overlay(verified, "cards") in result.diagnostics[0].help
    path = overlay(verified, "web")
    (verified.out / path).write_bytes(b"")
    assert ("SF730", path) in findings(check(verified))


def test_an_app_that_does_not_compile_gets_no_files_that_the_base_lacks(verified) -> None:
    path = overlay(verified, "cards")
    verified.write("apps/pay/new.yaml", BROKEN.replace("cards", "new"))
    (verified.out / path).with_name("new.yaml").write_bytes(b"# x\n")
    new = path.replace("cards", "new")
    assert findings(check(verified, "verified")) == [("SF731", new)]
    (verified.out / new).unlink()
    assert findings(check(verified, "verified")) == []
    verified.write("apps/pay/cards.yaml", BROKEN)
    (verified.out / path).unlink()
    assert ("SF731", path) in findings(check(verified, "verified"))


def test_an_app_that_fails_in_one_environment_keeps_the_files_of_the_base_there(verified) -> None:
    release = "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: prod\napps:\n  pay/cards: {}\n"
    verified.write("releases/prod/pay.yaml", release.format("2.0.0"))
    verified.compile()
    commit_all(verified.folder, "Compile")
    verified.write("releases/prod/pay.yaml", release.format("[1]"))
    assert [str(key) for key in verified.compile().summary.failed] == ["pay/cards"]
    assert findings(check(verified, "HEAD")) == []
    assert [code for code, _ in findings(check(verified))] == ["SF732"]
    path = next(path for path in sorted(verified.tree()) if path.startswith("prod/") and path.endswith("/cards.yaml"))
    forge(verified.out, path, (verified.out / path).read_bytes() + b"# forged\n")
    assert ("SF731", path) in findings(check(verified, "HEAD"))


def test_facts_and_roads_of_an_app_that_does_not_compile_are_those_of_the_base(verified) -> None:
    verified.put("shop/stock", roads={"intra-dc": {"callers": ["*"]}})
    verified.put("pay/cards", **STOCK)
    verified.compile()
    commit_all(verified.folder, "Compile")
    verified.write("apps/shop/stock.yaml", BROKEN.replace("cards", "stock").replace("pay", "shop"))
    verified.put("pay/cards", **STOCK, replicas=3)
    run = verified.compile()
    assert [str(key) for key in run.summary.failed] == ["shop/stock"]
    assert run.changed
    assert findings(check(verified, "HEAD")) == []
    assert findings(check(verified, "verified")), "this base does not have the app's files"


def test_a_held_team_must_have_the_files_of_the_base(verified) -> None:
    verified.locked = True
    verified.remove("pay/cards")
    run = verified.compile(guard=True)
    assert run.summary.held == ("pay",)
    result = check(verified, "verified")
    assert (findings(result), result.summary.held) == ([], ("pay",))
    path = overlay(verified, "cards")
    forge(verified.out, path, (verified.out / path).read_bytes() + b"# forged\n")
    assert ("SF731", path) in findings(check(verified, "verified"))


def test_a_tree_without_what_the_guard_would_hold_fails(verified) -> None:
    verified.locked = True
    verified.remove("pay/cards")
    verified.compile()  # without the guard
    assert findings(check(verified)) == []
    assert "SF731" in {code for code, _ in findings(check(verified, "verified"))}


# The base


def test_a_base_without_a_usable_tree_is_refused(verified, tmp_path) -> None:
    git(verified.folder, "rm", "-r", "--quiet", "--cached", "overlays")
    git(verified.folder, "commit", "--quiet", "-m", "Without the tree")
    git(verified.folder, "branch", "without")
    path = "prod/dc1/facts.json"
    (verified.out / path).write_bytes(b"{}")
    commit_all(verified.folder, "Torn")
    messages = [check(verified, base).diagnostics[0].message for base in ("nowhere", "without", "HEAD")]
    assert messages == [
        "cannot compare with nowhere: the repository has no commit 'nowhere'",
        "cannot compare with without: it has no tree in overlays/",
        "cannot compare with HEAD: the inventories of its tree do not match each other",
    ]


def test_a_base_whose_kept_file_does_not_match_its_inventory_vouches_for_nothing(verified) -> None:
    path = overlay(verified, "cards")
    (verified.out / path).write_bytes(b"# forged\n")
    commit_all(verified.folder, "Forged")
    verified.write("apps/pay/cards.yaml", BROKEN)
    assert findings(check(verified, "HEAD")) == [("SF731", path)]


def test_a_tree_at_the_top_of_its_repository_is_verified_without_what_lies_beside_it(verified, tmp_path) -> None:
    top = tmp_path / "tree"
    verified.out.rename(top)
    verified.out = top
    new_repo(top)
    (top / "README.md").write_text("prose")
    (top / ".github").mkdir()
    (top / ".github/x.yaml").write_text("# x\n")
    commit_all(top, "Compile")
    for options in ({}, {"accept_unchanged": True}):
        result = check(verified, "HEAD", **options)
        assert (findings(result), result.unchanged) == ([], bool(options))
    (top / "zz").mkdir()
    (top / "zz/zz.yaml").write_text("# x\n")
    assert len(findings(check(verified, "HEAD", accept_unchanged=True))) == 1


def test_an_invalid_fleet_is_reported_as_by_a_compile(verified) -> None:
    verified.data["teams"]["pay"]["highestTier"] = "P7"
    verified.write_fleet()
    assert [d.code for d in check(verified, "verified").diagnostics] == [
        d.code for d in verified.compile().diagnostics
    ]  # fmt: skip


def test_another_build_of_the_same_version_is_named(verified) -> None:
    root = json.loads((verified.out / "inventory.json").read_bytes())
    helps = []
    for change in ({"build": "sha256:0"}, {"compiler": "0.0.9"}):
        (verified.out / "inventory.json").write_bytes(sealed_root(root, **change))
        helps.append(check(verified).diagnostics[0].help.partition(";")[0])
    assert helps == [
        "another build of Sixfold 0.1.0 wrote the tree",
        "the tree says that Sixfold 0.0.9 wrote it, and this is 0.1.0",
    ]


# Histories


@pytest.mark.parametrize("seed", range(3))
def test_each_compile_of_a_history_is_verified_against_the_commit_before_it(fresh, seed) -> None:
    """A compile that believes the tree, and one that believes nothing but the base, write the same bytes."""
    chosen, repo = random.Random(seed), fresh
    new_repo(repo.folder)
    repo.compile()
    commit_all(repo.folder, "Compile")
    states = ("fails", "stays", "holds")
    seen = set()
    for step in range(6):
        for key in chosen.sample(["shop/web", "pay/cards", "search/index", "shop/stock"], 2):
            spec = chosen.choice([
                {}, {"replicas": 3}, {"spread": "every"}, {"roads": {"external": {"path": "/x"}}},
                {"roads": {"intra-dc": {"callers": ["*"]}}}, STOCK, {"image": 7}, {"tier": "P0"},
            ])  # fmt: skip
            repo.put(key, **spec)
        if step == 3:
            (repo.folder / "apps/pay/cards.yaml").unlink(missing_ok=True)
        run = repo.compile(guard=True)
        assert not run.fatal, run
        seen |= {
            name
            for name, is_so in zip(states, (run.summary.failed, not run.changed, run.summary.held), strict=True)
            if is_so
        }
        result = check(repo, "HEAD")
        assert findings(result) == [], (step, result.diagnostics, run)
        assert result.summary.failed == run.summary.failed
        commit_all(repo.folder, f"Compile {step}")
    assert "fails" in seen


# The names lock

LOCK = "environments/names.lock.json"


def own(repo: Repo, old: str, new: str) -> None:
    text = (repo.folder / LOCK).read_text()
    assert old in text
    repo.write(LOCK, text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"cards": "pay"', '"cards": "shop"', 6, "gives the name 'cards' in prod to team shop, but it belongs to team pay"),
        ('"cards": "pay"', '"cards": {"after": ["pay"]}', 6, "gives the name 'cards' in prod to nobody, but it belongs to team pay"),
        ('"cards": "pay"', '"cards": {"team": "pay", "after": ["shop"]}', 6, "has other former owners of the name 'cards' in prod"),
        ('      "cards": "pay",\n', "", 5, "lacks the name 'cards' of prod, which belongs to team pay"),
        ('"cards": "pay"', '"cards": "pay", "free": "shop"', 6, "gives the name 'free' in prod to team shop, which has no app of this name"),
        ('"cards": "pay"', '"cards":  "pay"', 1, "is not written as `sixfold compile` writes it: sorted, with one line for each name"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("unchanged", [False, True])
def test_an_edited_line_of_the_names_lock_is_held_against_the_base(
    verified, old, new, line, message, unchanged
) -> None:
    """Even if the tree is that of the base, which a pull request changes in no byte."""
    own(verified, old, new)
    (problem,) = check(verified, "verified", accept_unchanged=unchanged).diagnostics
    assert (problem.code, problem.span.file, problem.span.line) == ("SF733", LOCK, line)
    assert problem.message == f"{LOCK} {message}"
    assert problem.help


def test_a_name_that_is_published_or_compiled_is_verified_and_its_line_alone_is_not(verified) -> None:
    verified.put("shop/new")
    own(verified, '"index"', '"new": "shop",\n      "index"')
    verified.compile()
    assert findings(check(verified, "verified")) == []
    verified.write("apps/shop/new.yaml", BROKEN)
    assert ("SF733", LOCK) not in findings(check(verified, "verified")), "the app may have taken it before it broke"
    verified.remove("shop/new")
    assert ("SF733", LOCK) in findings(check(verified, "verified"))


def test_a_missing_names_lock_is_named_and_one_of_a_base_without_it_comes_from_its_tree(verified) -> None:
    data = (verified.folder / LOCK).read_bytes()
    (verified.folder / LOCK).unlink()
    for base in ("", "verified"):
        (problem,) = check(verified, base).diagnostics
        assert (problem.code, problem.message) == ("SF733", f"{LOCK} is missing")
    commit_all(verified.folder, "Without the lock")
    assert check(verified, "HEAD", accept_unchanged=True).unchanged
    verified.write(LOCK, data)
    assert findings(check(verified, "HEAD")) == []
    own(verified, '"cards": "pay"', '"cards": "shop"')
    assert findings(check(verified, "HEAD")) == [("SF733", LOCK)]


def test_an_unreadable_names_lock_of_the_base_or_of_the_tree_is_a_finding(verified) -> None:
    data = (verified.folder / LOCK).read_bytes()
    verified.write(LOCK, "{")
    assert findings(check(verified, "verified")) == [("SF415", LOCK)]
    commit_all(verified.folder, "Break the lock")
    verified.write(LOCK, data)
    assert [(d.code, d.span.file) for d in check(verified, "HEAD").diagnostics] == [("SF415", f"HEAD:{LOCK}")]


def test_without_a_base_only_lines_that_are_missing_are_found(verified) -> None:
    own(verified, '      "cards": "pay",\n', "")
    assert findings(check(verified)) == [("SF733", LOCK)]
    own(verified, '"index"', '"cards": "pay",\n      "free": "shop",\n      "index"')
    assert findings(check(verified)) == []


@pytest.mark.parametrize("place", ["overlays/sub", "overlays/argocd/main/sub", "overlays/prod/dc1/dc1-a/pay/sub"])
def test_a_submodule_in_the_tree_is_named_although_its_folder_is_empty(verified, place) -> None:
    commit = git(verified.folder, "rev-parse", "HEAD").strip()
    git(verified.folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},{place}")
    git(verified.folder, "commit", "--quiet", "--message", "Add a submodule")
    (verified.folder / place).mkdir(parents=True)
    for options in ({}, {"base": "verified"}, {"base": "verified", "accept_unchanged": True}):
        assert findings(check(verified, **options)) == [("SF730", place.removeprefix("overlays/"))]
    git(verified.folder, "update-index", "--force-remove", place)
    assert findings(check(verified)) == []


def test_a_submodule_beside_the_tree_is_nothing_to_verify(verified) -> None:
    commit = git(verified.folder, "rev-parse", "HEAD").strip()
    git(verified.folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},vendor")
    assert findings(check(verified)) == []
