"""The running service does what its OpenAPI document says, and nothing else: schemathesis asks it both what the document
allows and what it forbids, over both listeners.

`SIXFOLD_PROFILE=hour` before the command asks for 10,000 examples, `--hypothesis-seed=2` behind it for other ones. No check
is excluded. Three have nothing to find in this service, because it creates and deletes nothing and knows one identity:
`use_after_free` needs a DELETE, `ensure_resource_availability` a POST that creates something, `object_level_authorization`
two users who own objects. They are enabled, so a route that brings one of these with it is checked at once.
"""

from __future__ import annotations

import pytest

from tests.conformance.openapi.runner import EXAMPLES, schemathesis
from tests.support.adopting import contents
from tests.support.generator import Generator
from tests.support.trees import GitTree, Spec

pytestmark = pytest.mark.conformance("schemathesis")

CHECKS = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "positive_data_acceptance", "missing_required_header",
    "unsupported_method", "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
    "object_level_authorization", "max_response_time",
    "errors_are_short_and_secrets_stay", "only_bodies_over_the_limit_are_too_large",
    "lists_are_sorted_and_without_doubles", "content_length_is_exact",
}  # fmt: skip
NAMES = {
    "environment": ["prod", "staging"],
    "dataCenter": ["dc1", "dc2"],
    "cluster": ["dc1-a", "dc1-b", "dc2-a", "dc1-s"],
    "instance": ["ap-south-1", "ap-southeast-1"],
    "team": ["playback", "identity", "ads", "idle"],
    "namespace": ["playback", "identity", "ads"],
    "app": ["match-service", "player", "auth", "ads"],
}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    spec = Spec()
    spec.cells = {"idle": ["prod/dc1", "prod/dc2"], "ads": ["prod/dc2"]}
    git = GitTree(tmp_path_factory.mktemp("git") / "git")
    git.commit(spec)
    with Generator(git.link, tmp_path_factory.mktemp("run") / "run") as generator:
        generator.ready()
        generator.until((generator.state / "attempt.json").exists)  # the last that an adoption writes
        yield generator


def test_every_operation_keeps_what_the_document_says(service, tmp_path, capsys, pytestconfig):
    before = contents(service.state)
    seed = int(pytestconfig.getoption("--hypothesis-seed") or 1)
    run = schemathesis(service, tmp_path, examples=EXAMPLES, seed=seed, names=NAMES)
    assert run.exit_code == 0, run.output
    with capsys.disabled():
        print(f"\n{run.examples} examples, {sum(run.held.values())} checks, {run.report['running_time']:.0f} s")
    operations = run.report["operations"]
    assert operations["tested"] == operations["total"] > 0
    assert run.held.keys() == CHECKS
    assert run.examples >= EXAMPLES
    # The run reached what it was meant to reach: what a request alone can bring about.
    outcomes = {line["outcome"] for line in service.lines()}
    assert outcomes >= {"ok", "bad-request", "unauthorized", "unknown-name", "bad-method"}
    assert "would-be-empty" in outcomes or run.examples < 2000
    # A request changes nothing, and none of them was one that we had not thought of.
    assert contents(service.state) == before
    assert service.lines("internal") == []
    assert "Traceback" not in service.errors.read_text()
    assert len(service.worker_ids()) == service.workers


def test_the_status_page_as_data_and_the_document_itself_keep_what_the_document_says(service, tmp_path):
    """Schemathesis leaves out the operation that it has the document from, so here it has it from a file."""
    document = tmp_path / "openapi.json"
    document.write_bytes(service.admin("/openapi.json").body)
    only = ["--include-path", "/", "--include-path", "/openapi.json", "--url", f"http://127.0.0.1:{service.admin_port}"]
    run = schemathesis(service, tmp_path, *only, source=document, examples=5, headers=["Accept: application/json"])
    assert run.exit_code == 0, run.output
    assert run.answers["GET / 200"] > 0
    assert run.answers["GET /openapi.json 200"] > 0


def test_a_service_with_nothing_adopted_keeps_what_the_document_says(tmp_path):
    """503 is right then, for readiness and for the plugin, and every check of its headers and body holds for it too."""
    with Generator(tmp_path / "no-such-tree", tmp_path / "run") as generator:
        generator.until(lambda: generator.admin("/livez").status == 200)
        phases = ["--phases", "examples,fuzzing"]
        run = schemathesis(generator, tmp_path / "st", *phases, examples=30, names=NAMES, fine=["503"])
        assert run.exit_code == 0, run.output
        assert run.answers["GET /readyz 503"] > 0
        assert run.answers["POST /api/v1/getparams.execute 503"] > 0
        assert run.answers["POST /api/v1/getparams.execute 200"] == 0
