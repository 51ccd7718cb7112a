"""The OpenAPI document is built from the code of the service: every route, method, status and header."""

from __future__ import annotations

import json
import re
from datetime import date

import jsonschema_rs
import orjson
import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.outcomes import OUTCOMES, REFUSED
from sixfold_generator.plugin.query import PARAMETERS, Refusal, parse
from sixfold_generator.web.openapi import document, render, write_document
from sixfold_generator.web.routes import ROUTES
from tests.support.generator import PATH, ROOT, TOKEN
from tests.support.healths import FULL
from tests.support.in_process import InProcess
from tests.support.trees import Spec, read

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "QUERY", "BREW"]


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return InProcess(tmp_path_factory.mktemp("generator"))


@pytest.fixture(scope="module")
def page(generator):
    return document(generator.settings)


@pytest.fixture(scope="module")
def catalog():
    spec = Spec()
    spec.cells = {"idle": ["prod/dc1", "prod/dc2"]}
    return Catalog(adopt(None, *read(spec, "a" * 40), date(2026, 11, 24)).snapshot)


def described(page):
    """Return every (path, METHOD) of the document, by listener."""
    listed = {"plugin": set(), "admin": set()}
    for path, item in page["paths"].items():
        listener = "plugin" if "servers" in item else "admin"
        listed[listener] |= {(path, key.upper()) for key in item if key.upper() in METHODS}
    return listed


def test_the_routes_of_flask_are_the_operations_of_the_document(generator, page):
    routed = {"plugin": set(), "admin": set()}
    for rule in generator.app.url_map.iter_rules():
        routed[rule.host] |= {(rule.rule, method) for method in rule.methods}
    assert routed == described(page)
    assert routed["plugin"] == {(PATH, "POST")}


def test_the_plugins_listener_answers_no_other_path_and_method(generator):
    answered = {
        (path, method)
        for path in [PATH, *(route.path for route in ROUTES), "/api", "/static/x", "/docs"]
        for method in METHODS
        if generator.plugin(method, path).status_code not in {404, 405}
    }
    assert answered == {(PATH, "POST")}


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_of_the_admin_listener_get_405_with_allow(generator, page, method):
    for path, _ in described(page)["admin"]:
        reply = generator.admin(path, method)
        if (path, method) in described(page)["admin"]:
            assert reply.status_code in {200, 503}
        else:
            assert reply.status_code == 405
            assert reply.headers["Allow"] == "GET, HEAD"
            assert reply.json == {"message": "only GET is answered"}


def test_every_outcome_of_a_request_is_in_the_document(page):
    replies = page["paths"][PATH]["post"]["responses"]
    for outcome in OUTCOMES.values():
        assert outcome.elsewhere or outcome.meaning in replies[str(outcome.status)]["description"]
    assert {int(status) for status in replies} == {
        *(outcome.status for outcome in OUTCOMES.values() if not outcome.elsewhere), *REFUSED,
    }  # fmt: skip


def test_the_outcomes_in_the_code_are_those_of_the_table():
    source = "".join(path.read_text() for path in (ROOT / "generator").rglob("*.py"))
    used = set(re.findall(r'Refusal\(\s*"([a-z-]+)"', source))
    assert used == OUTCOMES.keys() - {"ok"}


@pytest.mark.parametrize("status", [401, 405, 503])
def test_a_refusal_has_the_headers_that_the_document_promises(generator, page, status):
    replies = {
        401: lambda: generator.plugin(token="wrong"), 405: lambda: generator.plugin("GET"), 503: generator.ask,
    }  # fmt: skip
    reply = replies[status]()
    assert reply.status_code == status
    described_headers = page["paths"][PATH]["post"]["responses"].get(str(status), {"headers": {}})["headers"]
    for name, header in described_headers.items():
        assert reply.headers[name]
        assert reply.headers[name] == header["schema"].get("const", reply.headers[name])


def validator(page, name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": page["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("unit", ["cluster", "namespace", "app"])
def test_answers_match_the_schema_of_their_unit(catalog, page, unit):
    listed = json.loads(answer(catalog, parse(question({"unit": unit}))).body)
    assert listed["output"]["parameters"]
    validator(page, "Answer").validate(listed)
    for entry in listed["output"]["parameters"]:
        validator(page, f"{unit.capitalize()}Set").validate(entry)
        for key in list(entry):
            less = {name: value for name, value in entry.items() if name != key}
            assert not validator(page, "Answer").is_valid({"output": {"parameters": [less]}})


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"unit": "cluster"}, {"unit": ["app"], "app": "player"}, {"unit": "app"}, {"team": ["ads", "ads"]},
        {"team": ""}, {"team": []}, {"team": ["ads"] * 1000}, {"team": ["ads"] * 1001}, {"team": "a\n"}, {"team": "-a"},
        {"team": "a" * 63}, {"team": "a" * 64}, {"team": "nobody"}, {"team": None}, {"team": {"a": "b"}}, {"team": "Ads"},
        {"app": "player"}, {"unit": "cluster", "team": "ads"}, {"unit": []}, {"unit": ["app", "app"]}, {"unit": "App"},
        {"unit": None}, {"nothing": "x"}, {"": ""}, [], None, "x", 5,
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_body_is_a_bad_request_exactly_where_the_schema_rejects_it(catalog, page, parameters):
    """A valid body may still name something that does not exist, which is a 404."""
    body = question(parameters)
    allowed = validator(page, "Question").is_valid(json.loads(body))
    try:
        answer(catalog, parse(body))
        outcome = "ok"
    except Refusal as refusal:
        outcome = refusal.outcome
    assert (outcome != "bad-request") == allowed, outcome


def question(parameters):
    return json.dumps({"applicationSetName": "set", "input": {"parameters": parameters}}).encode()


def test_each_unit_has_the_parameters_of_the_table(page):
    for unit in ("cluster", "namespace", "app"):
        given = page["components"]["schemas"][f"{unit.capitalize()}Parameters"]["properties"]
        assert given.keys() - {"unit"} == {name for name, units in PARAMETERS.items() if unit in units}


def test_the_examples_match_the_schema(page):
    (body,) = page["paths"][PATH]["post"]["requestBody"]["content"].values()
    for example in body["examples"].values():
        validator(page, "Question").validate(example["value"])


def test_the_status_document_matches_its_schema(generator, page):
    for served in (generator.admin("/", Accept="application/json").json, json.loads(orjson.dumps(FULL.document()))):
        validator(page, "HealthDocument").validate(served)
        for key in served:
            missing = {name: value for name, value in served.items() if name != key}
            assert not validator(page, "HealthDocument").is_valid(missing)


def test_the_document_has_no_name_of_the_fleet_no_token_and_no_path(generator):
    settings = generator.settings
    text = render(settings).decode()
    for secret in (TOKEN, str(settings.tree), str(settings.state), str(settings.token_files[0]), str(settings.metrics)):
        assert secret not in text
    assert settings.host not in text


def test_the_document_is_served_on_the_admin_port_without_a_token_and_nowhere_else(generator):
    reply = generator.admin("/openapi.json")
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.data == render(generator.settings)
    assert generator.plugin("GET", "/openapi.json").status_code == 404


def test_the_document_in_the_docs_is_that_of_a_service_with_default_settings(tmp_path):
    """`python3 dev.py docs` writes it."""
    written = write_document(tmp_path)
    assert (ROOT / "docs" / written.name).read_bytes() == written.read_bytes()
