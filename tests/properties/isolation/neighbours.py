"""A compiled deploy repo of three teams, and the outcome of a compile after one of them has changed its folder.

The attacker is team `pay`, which may run in prod/dc1 only. The other teams' names are public: they are in the fleet.
The names of their apps, files, hosts and paths and the contents of their files are private: all of them contain `zq`.
"""

# ruff: noqa: PTH103, PTH108, PTH112, PTH118, PTH120, PTH123, PTH208

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics.render import SourceLines, render
from sixfold_compiler.pipeline.plan import plan
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.read_tree import read_tree
from sixfold_generator.adoption.source import open_source
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import Refusal, parse
from tests.support.repos import Repo, manifest, tree

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_generator.adoption.decide import Adoption
    from sixfold_generator.state.snapshot import Snapshot

__all__ = ["ATTACKER", "OTHERS", "PRIVATE", "Outcome", "World", "adoption", "answers", "document"]

ATTACKER = "pay"
OTHERS = ("search", "shop")
TODAY = date(2026, 11, 26)
# Text that only the other teams know; each item contains the first one.
PRIVATE = ("zq", "zqindex", "zqstore", "zqstock", "zqhost.example.com", "/zqpath", "zqsettings", "zqsecret")

APPS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "search/zqindex": (
        {
            "replicas": 5,
            "roads": {"intra-dc": {"callers": ["*"]}, "external": {"path": "/zqpath/a"}},
            "config": [{"name": "zqsettings", "files": {"a.txt": "zqindex/a.txt"}}],
        },
        [],
    ),
    "search/zqstore": (
        {"kind": "StatefulSet", "replicas": 2, "spread": "every", "roads": {"direct": {"callers": ["search", "shop"]}},
         "ports": [{"name": "redis", "port": 6379, "appProtocol": "tcp"}]},
        [],
    ),
    "shop/zqweb": (
        {"roads": {"external": {"host": "zqhost.example.com"}}, "calls": [{"app": "zqindex"}, {"app": "zqstock"}]},
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "zqmap"}, "data": {"a": "zqsecret"}}],
    ),
    "shop/zqstock": (
        {"roads": {"inter-dc": {}, "intra-dc": {}, "external": {"host": "*.zqwild.example.com", "path": "/v1"}}}, []
    ),
    "pay/cards": ({"roads": {"external": {"path": "/cards"}}}, []),
}  # fmt: skip


class World:
    """The repo before an attack, its tree, and the state and answers of its generator."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repo(folder, ())
        self.repo.data["teams"]["pay"]["dataCenters"] = {"prod": ["dc1"]}
        self.repo.data["teams"]["pay"]["unit"] = "app"
        self.repo.write_fleet()
        for key, (spec, objects) in APPS.items():
            self.repo.put(key, *objects, **spec)
        self.repo.write("apps/search/zqindex/a.txt", "zqsecret\n")
        run = self.repo.compile()
        assert run.codes == [], run
        self.before = self.repo.tree()
        self.adopted = adoption(self.repo.out, None, "1" * 40).snapshot
        self.answers = answers(self.adopted)
        self.count = 0

    def after(self, files: dict[bytes, bytes]) -> Outcome:
        """Compile with `files` (by path below `apps/pay/`) in the attacker's folder, and restore the folder."""
        self.count += 1
        out = self.repo.folder.parent / f"out-{self.count}"
        shutil.copytree(self.repo.out, out, copy_function=os.link)
        folder = os.fsencode(self.repo.folder / "apps" / ATTACKER)
        written = []
        kept = self.repo.folder / "apps" / ATTACKER / "cards.yaml"
        saved = kept.read_bytes()
        try:
            for name, content in files.items():
                path = os.path.join(folder, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as stream:
                    stream.write(content)
                written.append(path)
            return self._compiled(out)
        finally:
            for path in written:
                os.unlink(path)
            for name in os.listdir(folder):
                if os.path.isdir(os.path.join(folder, name)):
                    shutil.rmtree(os.path.join(folder, name))
            kept.write_bytes(saved)
            shutil.rmtree(out)

    def _compiled(self, out: Path) -> Outcome:
        with plan(self.repo.options(out=out, jobs=1)) as result:
            outcome = Outcome()
            outcome.diagnostics = result.diagnostics
            outcome.fatal = result.fatal
            sources = SourceLines((self.repo.folder,))
            outcome.shown = "".join(
                render(result.diagnostics, style, sources=sources, verbose=True)
                for style in ("full", "concise", "json", "github")
            )
            result.write()
        outcome.tree = tree(out)
        outcome.snapshot = adoption(out, self.adopted, "2" * 40).snapshot
        return outcome


class Outcome:
    """The diagnostics and the tree of a compile, and the generator's next snapshot."""

    diagnostics: Any
    fatal: bool
    shown: str
    tree: dict[str, bytes]
    snapshot: Snapshot


def adoption(out: Path, adopted: Snapshot | None, commit: str) -> Adoption:
    """Return the generator's decision about the tree in `out`, read as if it were that commit."""
    with closing(open_source(out)) as source:
        read, inventory = read_tree(source)
    return adopt(adopted, replace(read, commit=commit), inventory.tombstones, inventory.deletions, TODAY)


def answers(snapshot: Snapshot) -> dict[tuple[str, str], bytes]:
    """Return the body of the generator's answer to Argo CD, by team and unit."""
    catalog = Catalog(snapshot)
    units = {}
    for team in (*OTHERS, ATTACKER):
        for unit in ("namespace", "app"):
            body = {"applicationSetName": "x", "input": {"parameters": {"unit": unit, "team": team}}}
            try:
                units[team, unit] = answer(catalog, parse(json.dumps(body).encode())).body
            except Refusal as refusal:
                units[team, unit] = f"{refusal.status} {refusal.message}".encode()
    return units


def document(key: str, *objects: dict[str, Any], **spec: Any) -> bytes:
    """Return a manifest as bytes."""
    return manifest(key, *objects, **spec).encode(errors="surrogatepass")
