"""The loader: any bytes become a manifest, or diagnostics that point into the file.

Oracle for any bytes:

* `load_documents` returns documents, or exactly one diagnostic (SF100 to SF110) whose place is in the file;
* documents are plain JSON data, equal to an independent reading of libyaml's nodes by the YAML 1.2 core schema;
* the file has every plain text at the place that its span names;
* `emit` can write a loaded document, which is loaded again as the same value;
* `prepare` returns diagnostics with known codes and places in the file, or cells whose spec is JSON; every renderer
  accepts the diagnostics, and they contain no path of this machine;
* a file of tombstones is read, or rejected in the same way.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.diagnostics.render import FORMATS, SourceLines, render
from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.inputs.tombstones import parse_tombstones
from sixfold_compiler.manifest.load import ManifestText
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.yaml.emitter import emit
from sixfold_compiler.yaml.loader import load_documents
from tests.fuzz.values import plain_json, same
from tests.support.core_schema import core
from tests.support.repos import FLEET, ROOT, manifest
from tests.support.suite import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.yaml.loader import Document

FILE = "apps/shop/web.yaml"
WORDS = """
    apiVersion: kind: metadata: name: team: spec: overrides: match: environment: dataCenter: objects: image: env: ports:
    port: config: files: data: roads: external: intra-dc: inter-dc: direct: host: path: sharedWith: calls: app: road: sidecars:
    replicas: autoscaling: min: max: disruption: volumes: mountPath: jobs: helm: kustomize: containers: initContainers: resources:
    requests: limits: cpu: memory: labels: annotations: tier: spread: schedule: cron: callRef: valueFrom: value: secretKeyRef:
    sixfold.dev/v1 App Tombstones ConfigMap Deployment StatefulSet CronJob prod dc1 shop/web P0 null true ~ .inf .nan 0x1F 0o17
    1e400 9007199254740993 0777 --- ... {} [] & * ! << %YAML %TAG | > |- >- ? - : # \\x22 '
""".split()  # noqa: SIM905 - easier to read than a list
RUNS = 1200
FAULTS = {
    "~ is text": ("compiler/sixfold_compiler/yaml/loader.py", '    "~": None,\n', ""),
    "0o17 is read as decimal": ("compiler/sixfold_compiler/yaml/loader.py", "return _safe(int(text, 0), event, file)", "return _safe(int(text[2:]), event, file)"),
}  # fmt: skip
BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


Core = core(yaml.CSafeLoader)


def check(data: bytes) -> None:
    """Check the property for one input."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = BREAKS.split(text)
    try:
        documents = load_documents(data, FILE)
    except DiagnosticError as error:
        (problem,) = error.diagnostics
        assert re.fullmatch(r"SF10\d|SF110", problem.code), problem
        assert problem.span is not None
        assert 1 <= problem.span.line <= len(lines), (problem, len(lines))
        assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 2, problem
        documents = ()
    else:
        assert [d.value for d in documents if d.value is None] == []
        expected = [value for node in yaml.compose_all(text, Loader=Core) if (value := core_value(node)) is not None]
        assert same([d.value for d in documents], expected), (documents, expected)
        for document in documents:
            assert plain_json(document.value), document.value
            check_spans(document, document.value, (), lines)
            check_written(document.value)
    check_diagnostics(check_prepared(data), lines)
    if documents and isinstance(documents[0].value, dict) and documents[0].value.get("kind") == "Tombstones":
        try:
            file = parse_tombstones(data, FILE)
        except DiagnosticError as error:
            check_diagnostics(error.diagnostics, lines)
        else:
            assert len(file.entries) == len(file.spans)
            assert all(entry.team or entry.instance or (entry.cluster and entry.environment) for entry in file.entries)


def core_value(node: Any) -> Any:
    """Return the value of a node by the core schema."""
    if node is None:
        return None
    if isinstance(node, yaml.MappingNode):
        return {key.value: core_value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [core_value(item) for item in node.value]
    text = node.value
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        case "float":
            return float(text)
    return text


def check_spans(document: Document, value: Any, path: tuple[Any, ...], lines: list[str]) -> None:
    """Check that every span is in the file, and that a plain text is at its span."""
    for span in (document.span(path), document.value_span(path)):
        assert 1 <= span.line <= len(lines), (path, span)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1, (path, span)
    if isinstance(value, dict):
        for key, item in value.items():
            check_spans(document, item, (*path, key), lines)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_spans(document, item, (*path, index), lines)
    elif isinstance(value, str) and (span := document.value_span(path)).length:
        text_at = lines[span.line - 1][span.column - 1 : span.column - 1 + span.length]
        assert text_at == value or text_at[:1] in {"'", '"', "|", ">"}, (path, text_at, value)


def check_written(value: Any) -> None:
    """Check that a loaded value is written and loaded again as the same value."""
    if isinstance(value, dict) and value and value.get("kind") != "ConfigMap":  # data of a ConfigMap is written as text
        (again,) = load_documents(emit([value]), FILE)
        assert same(again.value, value), (again.value, value)


def check_prepared(data: bytes) -> tuple[Diagnostic, ...]:
    """Check the cells that `prepare` returns for a file, and return its diagnostics."""
    folder = place()
    result = prepare(fleet(), ManifestText(ManifestFile(folder / FILE, FILE, folder, None), data), {})
    assert result.cells or result.diagnostics
    assert result.failed or result.key is not None, result
    for cell, drafts in result.cells.items():
        assert cell.environment == "prod"
        spec = json.loads(drafts.spec)
        assert isinstance(spec, dict)
        assert isinstance(json.loads(drafts.objects), list)
        assert drafts.facts.key == result.key
        assert b"OUTSIDE" not in drafts.spec, "a config file outside the manifest's folder"
    return result.diagnostics


def check_diagnostics(problems: tuple[Diagnostic, ...], lines: list[str]) -> None:
    """Check that diagnostics have known codes and valid places, and that every renderer accepts them."""
    folder = str(place())
    for problem in problems:
        assert problem.code in CODES, problem
        assert problem.message, problem
        assert folder not in f"{problem.message}{problem.help}{problem.span}", problem
        for span in (problem.span, *problem.related):
            assert span is None or span.file == FILE, problem
            assert span is None or 0 <= span.line <= len(lines), problem
    for style in FORMATS:
        shown = render(problems, style, sources=SourceLines(()))  # type: ignore[arg-type]
        assert shown.isascii() or "\x1b" not in shown
        assert (style != "json") or len(json.loads(shown)) == len(problems)


@cache
def fleet() -> FleetInput:
    """Return a fleet of two data centers."""
    result = Fleet.model_validate(FLEET)
    return FleetInput(result, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(result))


@cache
def place() -> Path:
    """Create a folder with config files that a manifest may name, and one that it must not read."""
    folder = Path(tempfile.mkdtemp(prefix="sixfold-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "apps/shop").mkdir(parents=True)
    (folder / "apps/shop/a.txt").write_text("inside\n")
    (folder / "apps/secret.txt").write_text("OUTSIDE\n")
    (folder / "apps/shop/link").symlink_to("../secret.txt")
    return folder


def seeds() -> Iterator[bytes]:
    """Yield manifests of the examples and of tests/cases/loading, inputs at the limits, and one with many fields."""
    yield b"a: " + b"[" * 31 + b"]" * 31
    yield b"- " * 32 + b"x"
    yield b"---\na: 1\n" * 200
    yield b"[9007199254740991, -9007199254740991, 0x1fffffffffffff, 0o377777777777777777, 1.7976931348623157e308, 00, 0]"
    yield b"\xef\xbb\xbf%YAML 1.2\n---\n'a' : \"b\\n\"\r? |\n  c\n: >-\n  d\n  e\n...\n"
    for path in sorted((ROOT / "examples").glob("*/apps/*/*.yaml")):
        yield path.read_bytes()
    for case in load("loading"):
        for block in case.files:
            if block.kind == "escaped":
                yield block.body.encode("latin-1").decode("unicode_escape").encode("latin-1")
            elif block.kind == "yaml" and block.path.endswith(".yaml"):
                yield block.body.encode()
    yield manifest(
        "shop/web", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}},
        config=[{"name": "c", "data": {"k": "v"}, "files": {"a": "a.txt"}, "mountPath": "/etc/c"}],
        overrides=[{"match": {"environment": "prod", "dataCenter": "dc2"}, "spec": {"replicas": 3, "env": [{"name": "A", "value": "b"}]}}],
        roads={"external": {"path": "/x", "callers": ["*"]}, "intra-dc": {}}, replicas=2,
        calls=[{"app": "index"}, {"host": "db.example.org", "port": 5432}],
    ).encode()  # fmt: skip
    yield b"apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones:\n  - {team: shop, app: web, approvedBy: a, reason: gone for good, until: '2027-01-31'}\n"
