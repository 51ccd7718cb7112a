"""After any fault between Argo CD and the generator, Argo CD gets an error or the same list, never a shorter one.

After an error the controller stops before it compares and deletes, as `test_reconcile.py` shows. So an ApplicationSet
with an error counts as unchanged, and one without an error must render exactly the same as before.
"""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from os import kill

import pytest

from tests.conformance.argocd.damage import DAMAGES
from tests.conformance.argocd.program import Answer, write_secret
from tests.conformance.argocd.servers import relay
from tests.conformance.argocd.site import Site
from tests.support.generator import TOKEN, Generator

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]


def failed(answer, before):
    """Return the ApplicationSets with an error, and check that the others have rendered the same as before."""
    assert set(answer.sets) == set(before.sets)
    for name in set(answer.sets) - set(answer.errors):
        assert answer.sets[name] == before.sets[name], name
    return set(answer.errors)


def test_a_restart_loses_no_application(program, site):
    before = site.generate(program)
    assert before.errors == {}
    with asked_repeatedly(program, site) as answers:
        for _ in range(2):
            site.generator.stop()
            site.generator.start()
            site.generator.ready()
    assert answers
    for answer in answers:
        failed(answer, before)
    assert site.generate(program) == before


def test_repeated_kills_of_workers_lose_no_application(program, site):
    """SIGKILL comes before, during and after an answer."""
    before = site.generate(program)
    with asked_repeatedly(program, site) as answers:
        for _ in range(6):
            workers = site.generator.until(site.generator.worker_ids, "a worker")
            for worker in workers:
                with suppress(ProcessLookupError):
                    kill(worker, signal.SIGKILL)
            site.generator.ready()
    for answer in answers:
        failed(answer, before)
    site.generator.until(lambda: site.generate(program) == before, "the list as it was")


def test_a_worker_that_is_killed_during_an_answer_causes_an_error(program, site):
    """The answer ends after no byte, in the status line, in the headers, and twice in the body.

    A relay truncates the answer and kills the workers. An answer is so small that it is in the kernel's buffers before
    a signal arrives, so a kill alone would seldom truncate it.
    """
    site.apply_only("catalog")
    before = site.generate(program)

    def kill_workers():
        for worker in site.generator.worker_ids():
            with suppress(ProcessLookupError):
                kill(worker, signal.SIGKILL)

    body = {"applicationSetName": "catalog", "input": {"parameters": {"instance": "prod", "team": "catalog"}}}
    size = len(site.generator.post(json.dumps(body).encode(), gzip=True).body)
    assert size > 400, "the last two positions are in the body"
    for upto in (0, 12, 100, size - 100, size):
        with relay(site.generator.port, upto, kill_workers) as url:
            answer = site.generate(program, base_url=url)
        assert failed(answer, before) == {"catalog"}, upto
    site.generator.until(lambda: site.generate(program) == before, "the list as it was")


def test_a_generator_that_is_down_causes_an_error(program, few):
    before = few.generate(program)
    few.generator.stop()
    answer = few.generate(program)
    assert failed(answer, before) == set(before.sets)
    assert all("connection refused" in error for error in answer.errors.values())


def test_a_wrong_token_causes_an_error(program, served, tmp_path):
    before = served.generate(program)
    answer = served.generate(program, secret=write_secret(tmp_path / "secret", "wrong"))
    assert failed(answer, before) == set(before.sets)
    assert all("status code 401" in error for error in answer.errors.values())


def test_a_secret_without_the_key_causes_an_error(program, served, tmp_path):
    """Argo CD sends the literal `$token`."""
    before = served.generate(program)
    answer = served.generate(program, secret=write_secret(tmp_path / "secret", TOKEN, key="other"))
    assert failed(answer, before) == set(before.sets)
    assert all("status code 401" in error for error in answer.errors.values())


def test_a_missing_secret_causes_an_error(program, served, tmp_path):
    before = served.generate(program)
    answer = served.generate(program, secret=write_secret(tmp_path / "secret", TOKEN, name="other"))
    assert failed(answer, before) == set(before.sets)
    assert all("error fetching Secret token" in error for error in answer.errors.values())


def test_a_rotated_token_is_accepted_after_the_rotation_only(program, site, tmp_path):
    """The new token is rejected before the rotation and the old one after it, and no process restarts."""
    before = site.generate(program)
    process = site.generator.process.pid
    fresh = write_secret(tmp_path / "fresh", "the-token-of-next-year")
    assert failed(site.generate(program, secret=fresh), before) == set(before.sets)

    site.generator.token_file.write_text("the-token-of-next-year")
    site.generator.until(lambda: site.generator.ask(token="the-token-of-next-year").status == 200, "the new token")
    assert site.generate(program, secret=fresh) == before
    answer = site.generate(program)
    assert failed(answer, before) == set(before.sets)
    assert site.generator.process.pid == process


def test_two_tokens_are_accepted_during_a_rotation(program, example, secret, tmp_path):
    """The rotation is that of docs/operating.md with a second file."""
    following = tmp_path / "next"
    following.write_text("the-token-of-next-year")
    fresh = write_secret(tmp_path / "fresh", "the-token-of-next-year")
    files = {"SIXFOLD_TOKEN_FILES": f"{tmp_path / 'run' / 'token'}:{following}"}
    with Generator(example.tree, tmp_path / "run", environ=files) as generator:
        both = Site(example, generator.ready(), secret, tmp_path / "applied")
        before = both.generate(program)
        assert before.errors == {}
        assert both.generate(program, secret=fresh) == before


def test_an_answer_slower_than_the_timeout_causes_an_error(program, few):
    """Every process of the service is stopped, so the kernel accepts connections and no process answers."""
    before = few.generate(program)
    processes = [few.generator.process.pid, *few.generator.worker_ids()]
    for process in processes:
        kill(process, signal.SIGSTOP)
    try:
        answer = few.generate(program, request_timeout="1")
    finally:
        for process in processes:
            kill(process, signal.SIGCONT)
    assert failed(answer, before) == set(before.sets)
    assert all("Client.Timeout" in error or "deadline exceeded" in error for error in answer.errors.values())
    few.generator.ready().until(lambda: few.generate(program) == before, "the list as it was")


@pytest.mark.parametrize("tear", DAMAGES)
def test_a_torn_tree_leaves_the_list_unchanged(program, site, tear):
    before = site.generate(program)
    tear(site.deploy.out)
    site.publish_rejected()
    assert site.generate(program) == before


def test_an_unapproved_removal_of_a_team_leaves_its_applications_unchanged(program, site):
    """The team stays on its clusters at its old revision."""
    site.instance = "nonprod"
    before = site.generate(program)
    assert "staging-dc1-a-storefront" in before.names
    site.deploy.withdraw_storefront()
    site.deploy.compile(clean=True)
    site.publish_rejected()
    after = site.generate(program)
    assert after.errors == {}
    assert after.names == before.names
    assert after.sets["storefront"] == before.sets["storefront"]


def test_an_unapproved_removal_of_a_cluster_leaves_the_list_unchanged(program, site):
    before = site.generate(program)
    site.deploy.edit("environments/prod.libsonnet", "'dc2-c': ", "'dc2-c':: ")
    site.deploy.edit("environments/prod.libsonnet", "spread: 3", "spread: 2")
    site.deploy.place()
    site.deploy.compile(clean=True)
    site.publish_rejected()
    assert site.generate(program) == before


def test_a_generator_without_an_adopted_tree_causes_an_error(program, example, secret, tmp_path):
    """A generator without a tree has no list, so every ApplicationSet gets an error."""
    with Generator(tmp_path / "no-such-tree", tmp_path / "run") as generator:
        generator.until(lambda: generator.admin("/livez").status == 200, "life")
        answer = Site(example, generator, secret, tmp_path / "applied").generate(program)
    assert set(answer.errors) == set(answer.sets)
    assert all("status code 503" in error for error in answer.errors.values())
    assert answer.applications == []


@contextmanager
def asked_repeatedly(program, site):
    """Run Argo CD's generators without a pause in two processes at a time, and yield the list of their answers."""
    answers, end = [], threading.Event()

    def ask():
        line = program.line("generate", site.manifests, site.secret, base_url=site.url)
        while not end.is_set():
            done = subprocess.run(line, check=True, capture_output=True, timeout=180)
            answers.append(Answer(json.loads(done.stdout)))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        end.set()
        for thread in threads:
            thread.join()
