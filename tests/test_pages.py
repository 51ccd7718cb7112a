"""Golden pages fail on every difference, and on every file that they leave out."""

from __future__ import annotations

import pytest

from tests.support.pages import Page, index
from tests.support.suite import REWRITE

A, B = "overlays/prod/dc1/dc1-a/shop/web.yaml", "overlays/prod/dc1/dc1-b/shop/web.yaml"
GATEWAY, ROADS = "overlays/prod/dc1/dc1-a/_platform/gateway.yaml", "overlays/prod/dc1/dc1-a/_platform/roads.yaml"
ARGOCD = "overlays/argocd/main/team-shop.yaml"
ONE = {A: "kind: A\n---\nkind: B\n", "overlays/inventory.json": "{}\n"}
SHOWN = f"```yaml {A}\nkind: A\n---\nkind: B\n```\n"
DIFF = f"```diff {A} {B}\n@@ -1,3 +1,3 @@\n kind: A\n ---\n-kind: B\n+kind: C\n```\n"


@pytest.fixture(autouse=True)
def _no_rewrite(monkeypatch):
    monkeypatch.delenv(REWRITE, raising=False)


@pytest.fixture
def page(tmp_path):
    def read(*parts: str) -> Page:
        file = tmp_path / "page.md"
        file.write_text("# Title\n\nFirst sentence\nof two. Second.\n\n" + "\n".join(parts))
        return Page.read(file)

    return read


def unshown(path: str, reason: str = "a reason") -> str:
    return f"```not shown\n{path}: {reason}\n```\n"


@pytest.mark.parametrize(
    ("parts", "tree"),
    [
        ([SHOWN], ONE),
        ([f"```yaml {A}\nkind: A\n```\n", "prose", f"```yaml {A}\nkind: B\n```\n"], ONE),
        ([unshown(A)], ONE),
        ([unshown("overlays/*/web.yaml")], ONE | {B: "x\n"}),
        ([SHOWN, unshown(B, f"the same as {A}")], ONE | {B: ONE[A]}),
        ([SHOWN, DIFF], ONE | {B: "kind: A\n---\nkind: C\n"}),
        ([SHOWN], ONE | {GATEWAY: "x\n", ARGOCD: "x\n"}),
        ([SHOWN, f"```yaml {ROADS}\nx\n```\n", unshown(GATEWAY)], ONE | {GATEWAY: "x\n", ROADS: "x\n", ARGOCD: "x\n"}),
    ],
)
def test_complete_page_passes(page, parts, tree):
    page(*parts).check(tree)


@pytest.mark.parametrize(
    ("parts", "tree", "problem"),
    [
        ([], ONE, "neither shown nor named"),
        ([SHOWN], ONE | {B: "x\n"}, "neither shown nor named"),
        ([SHOWN], ONE | {A: "kind: A\n---\nkind: C\n"}, "page.md"),
        ([SHOWN], ONE | {A: ONE[A] + "---\nkind: C\n"}, "page.md"),
        ([SHOWN], ONE | {A: "kind: A\n"}, "page.md"),
        ([SHOWN], {}, "page.md"),
        ([f"```yaml {A}\n```\n"], {}, "no such file"),
        ([unshown(A, "")], ONE, "without a reason"),
        ([SHOWN, unshown(A)], ONE, "names no file"),
        ([SHOWN, unshown(B, f"the same as {A}")], ONE | {B: "x\n"}, "not the same as"),
        ([SHOWN, DIFF], ONE | {B: ONE[A]}, "page.md"),
        ([unshown(A), f"```diff {A} {B}\n```\n"], ONE | {B: ONE[A]}, "base of a difference"),
        ([SHOWN, f"```yaml {ROADS}\nx\n```\n"], ONE | {GATEWAY: "x\n", ROADS: "x\n"}, "neither shown nor named"),
    ],
)
def test_incomplete_or_wrong_page_fails(page, parts, tree, problem):
    with pytest.raises(AssertionError, match=problem):
        page(*parts).check(tree)


def test_rewrite_divides_the_objects_over_the_blocks(page, monkeypatch):
    wrong = page(f"```yaml {A}\nkind: X\n```\n", "prose\n", f"```yaml {A}\n```\n", f"```diff {A} {B}\n```\n")
    monkeypatch.setenv(REWRITE, "1")
    tree = {A: "kind: A\n---\nkind: B\n---\nkind: C\n", B: "kind: A\n---\nkind: B\n---\nkind: D\n"}
    wrong.check(tree)
    monkeypatch.delenv(REWRITE)
    right = Page.read(wrong.file)
    right.check(tree)
    assert [b.body for b in right.blocks[1:3]] == ["kind: A\n", "kind: B\n---\nkind: C\n"]


def test_index_has_the_first_sentence_of_each_page(page):
    assert index([page()]).splitlines()[2] == "| [Title](page.md) | First sentence of two. |"
