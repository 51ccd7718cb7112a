"""The running service conforms to its OpenAPI document for allowed and for forbidden requests, on both listeners.

`SIXFOLD_PROFILE=hour` before the command selects 10,000 examples, `--hypothesis-seed=2` after it other examples. No
check is excluded. Three cannot find anything in this service: it creates and deletes nothing, and has one identity.
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
        generator.until((generator.state / "attempt.json").exists)  # the last file that an adoption writes
        yield generator


def test_every_operation_conforms_to_the_document(service, tmp_path, capsys, pytestconfig):
    before = contents(service.state)
    seed = int(pytestconfig.getoption("--hypothesis-seed") or 1)
    run = schemathesis(service, tmp_path, examples=EXAMPLES, seed=seed, names=NAMES)
    assert run.exit_code == 0, run.output
    with capsys.disabled():
        print(f"\n{run.examples} examples, {sum(run.passed.values())} checks, {run.report['running_time']:.0f} s")
    operations = run.report["operations"]
    assert operations["tested"] == operations["total"] > 0
    assert run.passed.keys() == CHECKS
    assert run.examples >= EXAMPLES
    # The run has reached every outcome that a request alone can cause.
    outcomes = {line["outcome"] for line in service.lines()}
    assert outcomes >= {"ok", "bad-request", "unauthorized", "unknown-name", "bad-method"}
    assert "would-be-empty" in outcomes or run.examples < 2000
    # Requests change nothing, and none has caused an internal error.
    assert contents(service.state) == before
    assert service.lines("internal") == []
    assert "Traceback" not in service.errors.read_text()
    assert len(service.worker_ids()) == service.workers


def test_the_status_page_as_json_and_the_document_itself_conform_to_the_document(service, tmp_path):
    """Schemathesis omits the operation from which it gets the document, so here it gets the document from a file."""
    document = tmp_path / "openapi.json"
    document.write_bytes(service.admin("/openapi.json").body)
    only = ["--include-path", "/", "--include-path", "/openapi.json", "--url", f"http://127.0.0.1:{service.admin_port}"]
    run = schemathesis(service, tmp_path, *only, source=document, examples=5, headers=["Accept: application/json"])
    assert run.exit_code == 0, run.output
    assert run.answers["GET / 200"] > 0
    assert run.answers["GET /openapi.json 200"] > 0


def test_a_service_without_an_adopted_tree_conforms_to_the_document(tmp_path):
    """Readiness and the plugin answer with 503, and every check of headers and bodies passes for it too."""
    with Generator(tmp_path / "no-such-tree", tmp_path / "run") as generator:
        generator.until(lambda: generator.admin("/livez").status == 200)
        phases = ["--phases", "examples,fuzzing"]
        run = schemathesis(generator, tmp_path / "st", *phases, examples=30, names=NAMES, fine=["503"])
        assert run.exit_code == 0, run.output
        assert run.answers["GET /readyz 503"] > 0
        assert run.answers["POST /api/v1/getparams.execute 503"] > 0
        assert run.answers["POST /api/v1/getparams.execute 200"] == 0
