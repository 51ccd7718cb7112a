"""Values that the chart rejects: both sides of each boundary of the schema, and combinations that no schema can reject."""

from __future__ import annotations

import re

import pytest

from tests.support.chart import CHART, helm_binary, refusal
from tests.support.chart_values import PUBLIC, TABLE, answers

pytestmark = pytest.mark.conformance("Helm")


@pytest.fixture(scope="module")
def accepted():
    """Return for each value of the table whether helm accepts it."""
    rows = [(path, value) for path, (good, bad) in TABLE for value in (*good, *bad)]
    return dict(zip(map(repr, rows), answers(rows), strict=True))


@pytest.mark.parametrize(("path", "expected"), TABLE, ids=[path for path, _ in TABLE])
def test_the_schema_accepts_and_rejects_by_place(accepted, path, expected):
    good, bad = expected
    assert [value for value in good if not accepted[repr((path, value))]] == []
    assert [value for value in bad if accepted[repr((path, value))]] == []


SSH = {"ssh": {"existingSecret": "a"}}
TRUSTED = {"keys": [PUBLIC], "fleet": "example", "repository": "https://a/b"}
PARTS = [{**TRUSTED, name: empty} for name, empty in (("keys", []), ("fleet", ""), ("repository", ""))]
PARTS += [{name: TRUSTED[name]} for name in TRUSTED]
COMBINATIONS = [
    ({"git": {**SSH, "https": {"existingSecret": "b"}, "repo": "git@a:b"}}, "both set"),
    ({"git": SSH}, "git.repo is an https:// address"),
    ({"git": {"repo": "git@git.example.com:deploy.git"}}, "set git.ssh.existingSecret"),
    ({"service": {"port": 8081}}, "service.port and service.adminPort must differ"),
    ({"service": {"adminPort": 8080}}, "service.port and service.adminPort must differ"),
    ({"service": {"port": 8082}}, "port 8082 is git-sync's own"),
    ({"service": {"adminPort": 8082}}, "port 8082 is git-sync's own"),
    *(
        ({"trusted": trusted}, "trusted.keys, trusted.fleet and trusted.repository are set together")
        for trusted in PARTS
    ),
    ({"token": {"nextKey": "token"}}, "token.key and token.nextKey must differ"),
]


@pytest.mark.parametrize(("values", "message"), COMBINATIONS)
def test_combinations_that_cannot_work_are_rejected_with_a_reason(values, message):
    assert message in refusal(**values)


def test_every_reason_of_the_templates_has_a_combination():
    reasons = re.findall(r'fail "([^"]+)"', (CHART / "templates" / "_helpers.tpl").read_text())
    helm_binary()
    assert len(reasons) == 7
    assert [reason for reason in reasons if not any(message in reason for _, message in COMBINATIONS)] == []
