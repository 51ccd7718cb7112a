"""Argo CD's own reconciler, from the compiled ApplicationSets to the Applications that it creates, keeps and deletes."""

from __future__ import annotations

import json

import pytest

from tests.conformance.argocd.damage import remove_an_overlay
from tests.conformance.argocd.servers import bad_generator

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]
BOOTSTRAP = "sixfold-bootstrap"  # a person applies it; no ApplicationSet owns it
RETRY = 180  # seconds after which the controller looks again at an ApplicationSet that failed


class Controller:
    """The ApplicationSet controller of one instance. Its cluster outlives it: each look is a process of its own."""

    def __init__(self, program, site, folder):
        self.program = program
        self.site = site
        self.state = folder / "applications.json"
        self.state.write_text("[]")

    def look(self, **options):
        """One reconcile of every ApplicationSet.

        What it deleted is gone at the next look: the application controller has taken its objects away by then.
        """
        site = self.site
        flags = {"base_url": site.url, "applications": self.state} | options
        answer = self.program.reconcile(site.manifests, site.secret, **flags)
        self.state.write_text(json.dumps([application for application in answer.applications if not going(application)]))
        return answer


def going(application):
    """Whether it was deleted, and only waits for its finalizer, which takes the workloads along."""
    return "deletionTimestamp" in application["metadata"]


def staying(answer):
    return [application["metadata"]["name"] for application in answer.applications if not going(application)]


@pytest.fixture
def controller(program, site, tmp_path):
    return Controller(program, site, tmp_path)


@pytest.fixture
def nonprod(controller):
    controller.site.instance = "nonprod"
    return controller


def up_to_date(answer):
    """The ApplicationSets that the controller is content with."""
    return {
        name
        for name, parameters in answer.sets.items()
        if any(c["type"] == "ResourcesUpToDate" and c["status"] == "True" for c in parameters["conditions"])
    }


def untouched(answer, before):
    """Nothing was deleted, created or changed."""
    return answer.writes == [] and answer.applications == before.applications


def test_the_applications_appear_and_a_second_look_changes_nothing(controller):
    """Every project and every cluster is known: an Application of an unknown one would be left out with an error."""
    first = controller.look()
    assert first.errors == {}
    assert up_to_date(first) == set(first.sets)
    rendered = controller.site.generate(controller.program)
    assert set(first.names) == {*rendered.names, BOOTSTRAP}
    assert {parameters["requeueAfterSeconds"] for parameters in first.sets.values()} == {120}, "as the fleet says for prod"
    assert untouched(controller.look(), first)


def test_a_generator_that_is_down_changes_nothing(controller):
    first = controller.look()
    controller.site.generator.stop()
    down = controller.look()
    assert set(down.errors) == set(down.sets)
    assert {parameters["requeueAfterSeconds"] for parameters in down.sets.values()} == {RETRY}
    assert untouched(down, first)
    controller.site.generator.start()
    controller.site.generator.ready()
    back = controller.look()
    assert back.errors == {}
    assert untouched(back, first)


def test_a_torn_tree_changes_nothing(controller):
    first = controller.look()
    remove_an_overlay(controller.site.deploy.out)
    controller.site.publish_doubtful()
    after = controller.look()
    assert after.errors == {}
    assert untouched(after, first)


def test_a_removal_that_nobody_approved_deletes_nothing(nonprod):
    first = nonprod.look()
    nonprod.site.deploy.withdraw_storefront()
    nonprod.site.deploy.compile(anew=True)
    nonprod.site.publish_doubtful()
    after = nonprod.look()
    assert after.deleted == []
    assert staying(after) == first.names


def test_a_removal_with_a_tombstone_deletes_exactly_that_one(nonprod):
    first = nonprod.look()
    nonprod.site.deploy.withdraw_storefront()
    nonprod.site.deploy.approve(environment="staging", dataCenter="dc1", team="storefront")
    nonprod.site.publish(2)
    after = nonprod.look()
    assert after.errors == {}
    assert after.deleted == ["Application/staging-dc1-a-storefront"]
    assert staying(after) == [name for name in first.names if name != "staging-dc1-a-storefront"]
    assert nonprod.look().deleted == []


# What Argo CD takes for a list of none, by the contract: status and body. None is a body that is promised and never
# comes.
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
# What it takes for an error.
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
def test_argo_cd_takes_this_for_an_empty_list(program, served, status, body):
    """Not our service but a bad one in its place: why each answer of ours is an error or a whole list."""
    with bad_generator(status, body) as url:
        answer = served.generate(program, base_url=url)
    assert answer.errors == {}
    assert answer.applications == []


@pytest.mark.parametrize(("status", "body"), ERRORS, ids=repr)
def test_argo_cd_takes_this_for_an_error(program, served, status, body):
    with bad_generator(status, body) as url:
        answer = served.generate(program, base_url=url)
    assert set(answer.errors) == set(answer.sets)


def test_an_empty_list_deletes_every_team_at_once_but_not_the_platform(controller):
    """What all this guards against, and the brake that the compiled ApplicationSets have where a fleet needs it most.

    It also shows that the tests above would see a deletion.
    """
    first = controller.look()
    with bad_generator(200, b"{}") as url:
        after = controller.look(base_url=url)
    clusters = controller.site.deploy.clusters("prod")
    kept = {f"{environment}-{cluster}" for environment, _, cluster in clusters} | {BOOTSTRAP}
    assert set(staying(after)) == kept
    assert {name.removeprefix("Application/") for name in after.deleted} == set(first.names) - kept
