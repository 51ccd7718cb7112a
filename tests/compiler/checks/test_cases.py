"""The suites of tests/cases/objects: objects in, diagnostics out.

`plain.yaml` is what a team wrote, `library.yaml` the objects of the library (with their namespace), `context.yaml`
the settings of the target. Plain objects are checked alone first, as when they are loaded; those that pass
are given the namespace, as the library does, and checked again together with the others.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from sixfold_compiler.checks import CheckContext, check_objects, check_plain
from sixfold_compiler.yaml.loader import load_documents
from tests.support import suite
from tests.support.policy import lists

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Diagnostic

CASES = suite.load("objects")


def findings(files: dict[str, str]) -> list[Diagnostic]:
    settings = (
        load_documents(files["context.yaml"].encode(), "context.yaml")[0].value if "context.yaml" in files else {}
    )
    plain = load_documents(files.get("plain.yaml", "").encode(), "plain.yaml")
    library = load_documents(files.get("library.yaml", "").encode(), "library.yaml")
    allowed = lists("shop", settings.get("tier"), **settings.get("allow", {}))
    alone = [d for document in plain for d in check_plain(document.value, document.span, "shop/web", ["shop"], allowed)]
    if alone:
        return alone
    objects = [document.value for document in library] + [at_home(document.value) for document in plain]
    named = {(d.value["kind"], d.value["metadata"]["name"]): d.span() for d in (*library, *plain)}
    context = CheckContext(
        app="shop/web",
        namespace="shop",
        cluster=settings.get("cluster", "prod/dc1/dc1-a"),
        apis=frozenset(settings.get("apis", ())),
        plain=frozenset((d.value["kind"], d.value["metadata"]["name"]) for d in plain),
        span=lambda kind, name: named.get((kind, name)),
        pod_security=settings.get("podSecurity", "restricted"),
        lists=allowed,
    )
    return check_objects(objects, context)


def at_home(value: dict[str, Any]) -> dict[str, Any]:
    value = copy.deepcopy(value)
    value["metadata"].setdefault("namespace", "shop")
    return value


def produce(case: suite.Case) -> str:
    lines = []
    for d in findings({block.path: block.body for block in case.files}):
        assert d.app == "shop/web"
        lines.append(f"{d.code} {d.span}: {d.message}\n" + (f"  help: {d.help}\n" if d.help else ""))
    return "".join(lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.suite.stem}: {case.title}")
def test_case(case: suite.Case) -> None:
    suite.check(case, produce)
