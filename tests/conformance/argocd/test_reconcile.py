"""Argo CD's own reconciler, from the compiled ApplicationSets to the Applications that it creates, keeps and deletes."""

from __future__ import annotations

import json

import pytest

from tests.conformance.argocd.damage import remove_an_overlay
from tests.conformance.argocd.servers import bad_generator

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]
BOOTSTRAP = "sixfold-bootstrap"  # a person applies it; no ApplicationSet owns it
RETRY = 180  # seconds after which the controller reconciles a failed ApplicationSet again


class Controller:
    """The ApplicationSet controller of one instance: a new process for each reconcile, and a file of Applications."""

    def __init__(self, program, site, folder):
        self.program = program
        self.site = site
        self.state = folder / "applications.json"
        self.state.write_text("[]")

    def reconcile(self, **options):
        """Reconcile every ApplicationSet once.

        Deleted Applications are missing in the next reconcile, as if the application controller had finished them.
        """
        site = self.site
        flags = {"base_url": site.url, "applications": self.state} | options
        answer = self.program.reconcile(site.manifests, site.secret, **flags)
        self.state.write_text(json.dumps([item for item in answer.applications if not is_deleting(item)]))
        return answer


def is_deleting(application):
    """Return whether an Application is deleted and waits for its finalizer, which deletes its workloads."""
    return "deletionTimestamp" in application["metadata"]


def remaining(answer):
    return [application["metadata"]["name"] for application in answer.applications if not is_deleting(application)]


@pytest.fixture
def controller(program, site, tmp_path):
    return Controller(program, site, tmp_path)


@pytest.fixture
def nonprod(controller):
    controller.site.instance = "nonprod"
    return controller


def up_to_date(answer):
    """Return the ApplicationSets that the controller reports as up to date."""
    return {
        name
        for name, parameters in answer.sets.items()
        if any(c["type"] == "ResourcesUpToDate" and c["status"] == "True" for c in parameters["conditions"])
    }


def is_unchanged(answer, before):
    """Return whether nothing was deleted, created or changed."""
    return answer.writes == [] and answer.applications == before.applications


def test_the_applications_are_created_and_a_second_reconcile_changes_nothing(controller):
    """Every project and every cluster is known; an Application of an unknown one would be omitted with an error."""
    first = controller.reconcile()
    assert first.errors == {}
    assert up_to_date(first) == set(first.sets)
    rendered = controller.site.generate(controller.program)
    assert set(first.names) == {*rendered.names, BOOTSTRAP}
    assert {parameters["requeueAfterSeconds"] for parameters in first.sets.values()} == {120}, "as in the fleet"
    assert is_unchanged(controller.reconcile(), first)


def test_a_generator_that_is_down_changes_nothing(controller):
    first = controller.reconcile()
    controller.site.generator.stop()
    down = controller.reconcile()
    assert set(down.errors) == set(down.sets)
    assert {parameters["requeueAfterSeconds"] for parameters in down.sets.values()} == {RETRY}
    assert is_unchanged(down, first)
    controller.site.generator.start()
    controller.site.generator.ready()
    back = controller.reconcile()
    assert back.errors == {}
    assert is_unchanged(back, first)


def test_a_torn_tree_changes_nothing(controller):
    first = controller.reconcile()
    remove_an_overlay(controller.site.deploy.out)
    controller.site.publish_rejected()
    after = controller.reconcile()
    assert after.errors == {}
    assert is_unchanged(after, first)


def test_an_unapproved_removal_deletes_nothing(nonprod):
    first = nonprod.reconcile()
    nonprod.site.deploy.withdraw_storefront()
    nonprod.site.deploy.compile(clean=True)
    nonprod.site.publish_rejected()
    after = nonprod.reconcile()
    assert after.deleted == []
    assert remaining(after) == first.names


def test_a_removal_with_a_tombstone_deletes_exactly_that_application(nonprod):
    first = nonprod.reconcile()
    nonprod.site.deploy.withdraw_storefront()
    nonprod.site.deploy.approve(environment="staging", dataCenter="dc1", team="storefront")
    nonprod.site.publish(2)
    after = nonprod.reconcile()
    assert after.errors == {}
    assert after.deleted == ["Application/staging-dc1-a-storefront"]
    assert remaining(after) == [name for name in first.names if name != "staging-dc1-a-storefront"]
    assert nonprod.reconcile().deleted == []


# Answers that Argo CD reads as an empty list: status and body. None is a body that is announced but not sent.
NOTHING = [
    (200, b""),
    (204, b""),
    (200, None),
    (200, b"null"),
    (200, b"{}"),
    (200, b'{"output":null}'),
    (200, b'{"output":{}}'),
    (200, b'{"output":{"parameters":null}}'),
    (200, b'{"parameters":[{"name":"one"}]}'),
    (200, b'{"error":"the database is away"}'),
    (202, b'{"message":"come back later"}'),
    (200, b'{} {"output":{"parameters":[{"name":"one"}]}}'),
]
# Answers that Argo CD reads as an error.
ERRORS = [
    (503, b'{"message":"nothing is adopted"}'),
    (404, b""),
    (200, b"<html>the proxy is sorry</html>"),
    (200, b'{"output":{"parameters":[{"name":"o'),
    (200, b'{"output":{"parameters":{}}}'),
    (200, b'{"output":{"parameters":[null]}}'),
    (200, b'{"output":{"parameters":[{}]}}'),
]


@pytest.mark.parametrize(("status", "body"), NOTHING, ids=repr)
def test_argo_cd_reads_these_answers_as_an_empty_list(program, served, status, body):
    """A faulty server takes the place of the generator, whose own answers are errors or complete lists."""
    with bad_generator(status, body) as url:
        answer = served.generate(program, base_url=url)
    assert answer.errors == {}
    assert answer.applications == []


@pytest.mark.parametrize(("status", "body"), ERRORS, ids=repr)
def test_argo_cd_reads_these_answers_as_an_error(program, served, status, body):
    with bad_generator(status, body) as url:
        answer = served.generate(program, base_url=url)
    assert set(answer.errors) == set(answer.sets)


def test_an_empty_list_deletes_every_team_at_once_but_not_the_platform(controller):
    """The compiled ApplicationSet of the platform never deletes. This also shows that the tests detect deletions."""
    first = controller.reconcile()
    with bad_generator(200, b"{}") as url:
        after = controller.reconcile(base_url=url)
    clusters = controller.site.deploy.clusters("prod")
    kept = {f"{environment}-{cluster}" for environment, _, cluster in clusters} | {BOOTSTRAP}
    assert set(remaining(after)) == kept
    assert {name.removeprefix("Application/") for name in after.deleted} == set(first.names) - kept
