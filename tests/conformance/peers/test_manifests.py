"""Every public file is checked as a manifest, as further documents of a manifest, as a release file and as tombstones.

None of them is a valid one, so each must get a finding with a code and a place in the file, and nothing is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest
import yaml

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, printable
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.diagnostics.render import SourceLines, render
from sixfold_compiler.inputs.release_files import load_release
from sixfold_compiler.inputs.tombstones import load_tombstones
from tests.conformance.peers.corpus import ALL, Tolerant, is_object
from tests.support.repos import ROOT, Repo, manifest

pytestmark = pytest.mark.conformance("Public manifests of real projects")
FORMS = {"manifest": b"", "further documents": manifest("shop/web").encode() + b"---\n"}


class Checked:
    """The findings of one `sixfold check` of the files of all projects."""

    def __init__(self, folder, corpus, head) -> None:
        self.repo = Repo(folder, apps=())
        self.repo.options()  # a lock for teams without apps
        self.keys, self.lines = {}, {}
        for project in corpus.values():
            for file in project if isinstance(project, list) else ():
                name = f"p{len(self.keys):05}"
                self.keys[file.origin] = name
                data = head.replace(b"name: web", f"name: {name}".encode()) + file.data
                self.repo.write(f"apps/shop/{name}.yaml", data)
                self.lines[name] = lines(data)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "sixfold_compiler", "check", "--output", "json"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        self.code, self.errors = done.returncode, done.stderr
        self.reported = defaultdict(list)
        self.others = []
        for problem in json.loads(done.stdout):
            name = (problem["app"] or "").removeprefix("shop/")
            (self.reported[name] if name in self.lines else self.others).append(problem)

    def check(self, file) -> list[str]:
        """Return the faults of the findings about a file: unknown codes, wrong places, unprintable or long messages."""
        name = self.keys[file.origin]
        problems = self.reported[name]
        wrong = []
        for problem in problems:
            place = problem["place"] or {}
            if problem["code"] not in CODES or problem["code"].startswith("SF9"):
                wrong.append(f"{file.origin}: {problem['code']} {problem['message']}")
            elif place.get("file") != f"apps/shop/{name}.yaml" or not self.is_inside(name, problem["code"], place):
                wrong.append(f"{file.origin}: {problem['code']} at {place}")
            elif printable(problem["message"]) != problem["message"] or not 0 < len(problem["message"]) < 600:
                wrong.append(f"{file.origin}: {problem['message'][:600]!r}")
        return wrong

    def is_inside(self, name, code, place) -> bool:
        if code == "SF111":  # the file was not read
            return (place["line"], place["column"]) == (0, 0)
        text = self.lines[name]
        if not 1 <= place["line"] <= len(text):
            return False
        return text[place["line"] - 1] is None or 1 <= place["column"] <= len(text[place["line"] - 1]) + 1


def lines(data) -> list[str | None]:
    """Return the lines of a file by YAML's line breaks; a line that is not UTF-8 is None."""
    project = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for mark in ("\x85", "\u2028", "\u2029"):
        project = project.replace(mark.encode(), b"\n")
    parts: list[str | None] = []
    for line in project.split(b"\n"):
        try:
            parts.append(line.decode())
        except UnicodeDecodeError:
            parts.append(None)
    return parts


@pytest.fixture(scope="module", params=FORMS)
def form(request):
    return request.param


@pytest.fixture(scope="module")
def checked(form, corpus, tmp_path_factory):
    return Checked(tmp_path_factory.mktemp("checked"), corpus, FORMS[form])


def test_the_run_ends_with_findings_about_these_files_only(checked):
    if not checked.lines:
        pytest.skip("no project could be fetched")
    assert checked.code == 1, checked.errors[-2000:]
    assert checked.others == []
    assert "Traceback" not in checked.errors
    assert not checked.repo.out.exists()


def test_every_file_gets_a_finding_with_a_place_inside_it(form, checked, peer, record_property):
    name, project = peer
    codes = defaultdict(int)
    for file in project:
        for problem in checked.reported[checked.keys[file.origin]]:
            codes[problem["code"]] += 1
    record_property("codes", dict(codes))
    print(f"{name}: {len(project)} files, {dict(sorted(codes.items()))}")
    silent = [file for file in project if not checked.reported[checked.keys[file.origin]]]
    if form == "further documents":
        assert [file.origin for file in silent if not is_plain(file)] == []
    else:
        assert [file.origin for file in silent] == []
    assert [text for file in project if file not in silent for text in checked.check(file)] == []


def is_plain(file) -> bool:
    """Return whether a file has only objects, which may follow a manifest."""
    return all(value is None or is_object(value) for value in yaml.load_all(file.data, Loader=Tolerant))


@pytest.mark.parametrize("style", ["full", "concise", "github"])
def test_every_finding_can_be_rendered(checked, style, corpus):
    """Findings are rendered with their source lines, which have tabs, wide characters and carriage returns."""
    reported = [
        Diagnostic(
            p["code"],
            p["message"],
            Span(p["place"]["file"], p["place"]["line"], p["place"]["column"]),
            p["help"],
            app=p["app"],
        )
        for problems in checked.reported.values()
        for p in problems[:1]
    ]
    text = render(reported, style, sources=SourceLines((checked.repo.folder,)))
    assert all(problem.span.file in text for problem in reported)
    assert printable(text, keep="\n") == text


@pytest.mark.parametrize("load", [load_release, load_tombstones])
def test_every_file_is_rejected_as_a_release_file_and_as_tombstones(load, peer, tmp_path):
    _, project = peer
    name = "prod.yaml" if load is load_release else "tombstones.yaml"
    place = tmp_path / name
    for file in project if ALL else project[:40]:
        place.write_bytes(file.data)
        with pytest.raises(DiagnosticError) as caught:
            load(place, tmp_path, name) if load is load_release else load(tmp_path, "environments")
        for problem in caught.value.diagnostics:
            assert problem.code in CODES, file.origin
            assert problem.span is not None, file.origin
            assert problem.span.line <= len(lines(file.data)), file.origin
