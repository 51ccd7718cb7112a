"""The OpenAPI document is made from what the service is made from: every route, method, status and header of it."""

from __future__ import annotations

import json
import re
from datetime import date

import jsonschema_rs
import pytest

from sixfold_generator import Settings, create_app
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.outcomes import OUTCOMES, REFUSED
from sixfold_generator.plugin.query import PARAMETERS, Refusal, parse
from sixfold_generator.web.openapi import document, render, write_document
from sixfold_generator.web.protocol import PATH
from sixfold_generator.web.routes import ROUTES
from tests.support.generator import ROOT
from tests.support.trees import Spec, read

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "QUERY", "BREW"]
TOKEN = "the-token-of-the-openapi-test"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    (folder / "token").write_text(TOKEN)
    return create_app(Settings(token_files=(folder / "token",), tree=folder / "tree", state=folder / "state"))


@pytest.fixture(scope="module")
def page(app):
    return document(app.extensions["sixfold"].settings)


@pytest.fixture(scope="module")
def catalog():
    spec = Spec()
    spec.cells = {"idle": ["prod/dc1", "prod/dc2"]}
    return Catalog(adopt(None, *read(spec, "a" * 40), date(2026, 11, 24)).snapshot)


def described(page):
    """Every (path, METHOD) of the document, by listener."""
    found = {"plugin": set(), "admin": set()}
    for path, item in page["paths"].items():
        listener = "plugin" if "servers" in item else "admin"
        found[listener] |= {(path, key.upper()) for key in item if key.upper() in METHODS}
    return found


def plugin_reply(app, method, path, *, body=b"", fails=None, token=TOKEN):
    """Status, headers and body of the plugin application, asked as a server asks it."""

    class Body:
        def read(self, size):
            if fails is not None:
                raise fails
            return body[:size]

    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": Body(),
        "HTTP_AUTHORIZATION": f"Bearer {token}", "SERVER_PORT": str(app.extensions["sixfold"].settings.port),
    }  # fmt: skip
    seen = []
    chunks = app.wsgi_app(environ, lambda status, headers: seen.append((int(status[:3]), dict(headers))))
    return *seen[0], b"".join(chunks)


def test_every_route_of_flask_is_in_the_document_and_the_other_way_round(app, page):
    real = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods}
    assert real == described(page)["admin"]
    assert real


def test_the_plugins_listener_answers_what_the_document_has_and_nothing_else(app, page):
    taken = {
        (path, method)
        for path in [PATH, *(route.path for route in ROUTES), "/api", "/static/x", "/docs"]
        for method in METHODS
        if plugin_reply(app, method, path)[0] not in {404, 405}
    }
    assert taken == described(page)["plugin"] == {(PATH, "POST")}


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_of_the_admin_listener_get_405_with_those_that_are_answered(app, page, method):
    for path, _ in described(page)["admin"]:
        reply = app.test_client().open(path, method=method, base_url="http://localhost:8081")
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


def test_every_refusal_in_the_code_is_an_outcome_of_the_table_and_every_outcome_is_used():
    source = "".join(path.read_text() for path in (ROOT / "generator").rglob("*.py"))
    used = set(re.findall(r'Refusal\(\s*"([a-z-]+)"', source))
    assert used == OUTCOMES.keys() - {"ok"}


@pytest.mark.parametrize(
    ("fails", "outcome"),
    [(TimeoutError(), "too-slow"), (OSError(), "bad-request"), (ValueError("a server's own"), "bad-request")],
)
def test_a_body_that_does_not_arrive_is_an_outcome_too(app, page, fails, outcome):
    status, headers, body = plugin_reply(app, "POST", PATH, fails=fails)
    assert status == OUTCOMES[outcome].status
    reply = page["paths"][PATH]["post"]["responses"][str(status)]
    assert all(headers[name] for name in reply["headers"])
    assert json.loads(body).keys() == {"message"}


def validator(page, name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": page["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("unit", ["cluster", "namespace", "app"])
def test_answers_are_what_the_schema_of_their_unit_says(catalog, page, unit):
    found = json.loads(answer(catalog, parse(question({"unit": unit}))).body)
    assert found["output"]["parameters"]
    validator(page, "Answer").validate(found)
    for one in found["output"]["parameters"]:
        validator(page, f"{unit.capitalize()}Set").validate(one)
        for key in list(one):
            less = {name: value for name, value in one.items() if name != key}
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
def test_a_body_is_a_bad_request_exactly_where_the_schema_says_no(catalog, page, parameters):
    """What is allowed may still name what does not exist; that is a 404."""
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


def test_the_examples_are_allowed(page):
    (body,) = page["paths"][PATH]["post"]["requestBody"]["content"].values()
    for example in body["examples"].values():
        validator(page, "Question").validate(example["value"])


def test_the_status_page_as_data_is_what_the_schema_says(app, page):
    health = app.extensions["sixfold"].health()
    validator(page, "Health").validate(json.loads(json.dumps(health.document())))
    assert set(health.document()) == set(page["components"]["schemas"]["Health"]["required"])


def test_the_document_has_no_name_of_the_fleet_no_token_and_no_path(app):
    settings = app.extensions["sixfold"].settings
    text = render(settings).decode()
    for secret in (TOKEN, str(settings.tree), str(settings.state), str(settings.token_files[0]), str(settings.metrics)):
        assert secret not in text
    assert settings.host not in text


def test_the_document_is_served_on_the_admin_port_without_a_token_and_nowhere_else(app):
    settings = app.extensions["sixfold"].settings
    reply = app.test_client().get("/openapi.json", base_url=f"http://localhost:{settings.admin_port}")
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.data == render(settings)
    assert plugin_reply(app, "GET", "/openapi.json")[0] == 404


def test_the_document_in_the_docs_is_that_of_a_service_with_default_settings(tmp_path):
    """`python3 dev.py docs` writes it."""
    written = write_document(tmp_path)
    assert (ROOT / "docs" / written.name).read_bytes() == written.read_bytes()


def test_a_head_request_gets_the_length_and_no_body(app):
    """With a body the server would complain on its error stream, where only faults may be."""
    status, headers, body = plugin_reply(app, "HEAD", PATH)
    assert (status, body) == (405, b"")
    assert int(headers["Content-Length"]) > 0
