"""docs/proof.md has the results of the last conformance run, and every claim on it is still a test."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.record import MARKER, docstrings, summary

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run `python3 dev.py proof`"


def last_record():
    """Return the record of the page; an empty record if it cannot be read, so that a run can replace it."""
    try:
        return json.loads((ROOT / "docs" / "proof.json").read_text())
    except (OSError, ValueError):
        return {"run": {}, "sections": {}}


RECORD = last_record()
MODULES = {path: module for section in RECORD["sections"].values() for path, module in section["modules"].items()}
SAMPLE = '''
"""Two wheels carry a rider."""

import pytest
from tests.support.counterparts import met

pytestmark = pytest.mark.conformance("Bicycle")


@pytest.fixture(scope="session")
def bicycle():
    met("bell", lambda: "2.0")
    met("frame", "1.0")


@pytest.mark.parametrize("rider", ["ada", "bob"])
def test_it_rolls(bicycle, rider):
    """Downhill.

    Uphill is another matter.
    """


def test_it_steers(bicycle):
    assert False


@pytest.mark.parametrize("speed", [1, 100])
def test_it_stops(bicycle, speed):
    assert speed < 50


def test_nobody_rides():
    pass


def test_it_flies(bicycle):
    pytest.skip("no wings: dial tcp 10.0.0.1:443, see https://wings.example/secret and /home/place/of/wings")


@pytest.mark.xfail(strict=True, reason="nobody oiled it")
def test_it_is_silent(bicycle):
    assert False
'''
PLAIN = "def test_something_else():\n    pass\n"
WORKERS = [(), ("-p", "xdist", "-n", "2")] if importlib.util.find_spec("xdist") else [()]


def renderer():
    spec = importlib.util.spec_from_file_location("proof_page", ROOT / "docs" / "proof.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder, *options, unknown=""):
    """Run pytest with the plugin on the sample in a checkout, and return the process and its record."""
    (folder / "test_bicycle.py").write_text(SAMPLE.lstrip())
    (folder / "test_plain.py").write_text(PLAIN)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = conformance(heading): a real counterpart\n")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], cwd=folder, check=True, capture_output=True)
    if unknown:
        (folder / unknown).write_text("")
    line = [sys.executable, "-m", "pytest", "-p", "tests.proof.plugin", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environ |= {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environ["PYTHONDONTWRITEBYTECODE"] = "1"  # bytecode would make the tree unclean, and workers do not inherit -B
    done = subprocess.run([*line, *options], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    file = folder / "proof.json"
    return done, json.loads(file.read_text()) if file.exists() else None


@pytest.fixture(scope="module", params=WORKERS, ids=len)
def record_of_sample(request, tmp_path_factory):
    """Record the sample with one process and, if pytest-xdist is installed, with two workers."""
    done, record = run(tmp_path_factory.mktemp("sample"), "--proof", "proof.json", *request.param)
    assert done.returncode == 1, done.stdout + done.stderr
    return record


def claims(record):
    return record["sections"]["Bicycle"]["modules"]["test_bicycle.py"]["claims"]


def test_the_page_is_what_the_generator_makes_of_the_record():
    """Neither is edited by hand. A change of the generator alone needs `python3 dev.py docs`, not a run."""
    assert (ROOT / "docs" / "proof.md").read_text() == renderer().render(RECORD), "run `python3 dev.py docs`"


@pytest.mark.parametrize("path", sorted(MODULES))
def test_every_claim_of_the_page_is_still_a_test_with_the_same_words(path):
    assert (ROOT / path).is_file(), AGAIN
    now = docstrings(ROOT, path)
    claimed = {test: claim["note"] for test, claim in MODULES[path]["claims"].items()}
    assert claimed == {test: now[test][1] for test in claimed if test in now}, AGAIN
    assert MODULES[path]["about"] == now[""][1], AGAIN


def test_the_summary_of_a_section_is_that_of_its_package_or_module():
    now = {title: summary(ROOT, section["modules"]) for title, section in RECORD["sections"].items()}
    assert {title: section["summary"] for title, section in RECORD["sections"].items()} == now, AGAIN


def test_every_module_with_conformance_tests_is_on_the_page(request):
    """Modules are those whose source has the marker, and those of collected tests, since a fixture may add it."""
    sources = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    del sources[Path(__file__).relative_to(ROOT).as_posix()]  # the sample above
    mark = re.compile(rf"^(pytestmark|@pytest).*mark\.{MARKER}\b", re.MULTILINE)
    marked = {path for path, text in sources.items() if mark.search(text)}
    collected = {
        item.path.relative_to(ROOT).as_posix() for item in request.session.items if item.get_closest_marker(MARKER)
    }
    assert marked | collected <= MODULES.keys(), AGAIN


def test_every_conformance_test_names_its_heading(request):
    items = [item for item in request.session.items if item.get_closest_marker(MARKER)]
    assert {item.nodeid for item in items if not item.get_closest_marker(MARKER).args} == set()
    assert not [heading for heading in RECORD["sections"] if "/" in heading], 'use pytest.mark.conformance("heading")'


def test_the_record_has_no_path_and_no_address_of_the_machine():
    assert re.findall(r"\w+://|/(?:root|home|tmp|work)/|\d+\.\d+\.\d+\.\d+:", json.dumps(RECORD)) == []


def test_a_test_is_recorded_with_its_counterparts_even_through_a_fixture_of_an_earlier_test(record_of_sample):
    assert claims(record_of_sample)["test_it_rolls"] == {"note": "Downhill.", "passed": 2, "skipped": {}, "failed": []}
    assert record_of_sample["sections"]["Bicycle"]["met"] == {"bell": {"2.0": 3}, "frame": {"1.0": 3}}


def test_a_test_that_met_nothing_has_not_passed(record_of_sample, tmp_path):
    assert claims(record_of_sample)["test_nobody_rides"]["passed"] == 0
    done, record = run(tmp_path, "-k", "nobody")
    assert "no counterpart called tests.support.counterparts.met()" in done.stdout
    assert record is None, "written only when it is asked for"


def test_reasons_are_recorded_without_addresses_and_paths(record_of_sample):
    assert claims(record_of_sample)["test_it_flies"]["skipped"] == {"no wings: dial tcp …, see … and …": 1}
    assert claims(record_of_sample)["test_it_is_silent"]["skipped"] == {"expected to fail: nobody oiled it": 1}


def test_the_record_names_the_commit_and_whether_it_was_clean(record_of_sample, tmp_path):
    assert re.fullmatch("[0-9a-f]{40}", record_of_sample["run"]["commit"])
    assert record_of_sample["run"]["clean"] is True
    _, record = run(tmp_path, "--proof", "proof.json", "-k", "rolls", unknown="file")
    assert record["run"]["clean"] is False


def test_a_run_that_was_cut_short_writes_nothing(tmp_path):
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name\n")
    done, record = run(tmp_path, "--proof", "proof.json")
    assert done.returncode == 2
    assert record is None


def test_a_page_of_a_failing_run_says_so_first_and_claims_only_what_passed(record_of_sample):
    page = renderer().render(record_of_sample)
    assert "**This run failed: 3 tests did not pass.**" in page.partition("| counterpart |")[0]
    lines = page.partition("## Bicycle")[2].splitlines()
    assert "- It rolls. Downhill. (2 cases)" in lines
    assert "- **Failed**, 1 of 1: It steers." in lines
    assert "- **Failed**, 1 of 2 (`100`): It stops." in lines
    assert "- **Failed**, 1 of 1: Nobody rides." in lines
    assert "- *Not proved, skipped*: It flies." in lines
    assert "| **Not all of it:** Two wheels carry a rider. | 3, **3 failed** | 2 | `test_bicycle.py` |" in page
    assert "- Bicycle, 1 test: expected to fail: nobody oiled it" in page
    assert "something else" not in page


def test_a_section_of_which_nothing_passed_claims_nothing(record_of_sample):
    record = json.loads(json.dumps(record_of_sample))
    for claim in claims(record).values():
        claim["passed"] = 0
    assert "| nothing: no test passed |" in renderer().render(record)


@pytest.mark.parametrize(
    ("test", "claim"),
    [
        ("test_r2_no_parameters_is_an_empty_input", "R2: no parameters is an empty input"),
        ("test_the_image_s_lock_is_the_runtime_s", "The image's lock is the runtime's"),
        ("test_grpc_is_sent_as_cleartext_http2", "gRPC is sent as cleartext HTTP/2"),
        ("test_argo_cd_reads_these_answers_as_an_error", "Argo CD reads these answers as an error"),
    ],
)
def test_a_claim_is_the_name_as_a_sentence(test, claim):
    assert renderer().sentence(test) == claim
