"""Whatever happens between Argo CD and the generator, Argo CD gets an error or the same list, never a shorter one.

At an error the controller stops before it compares and deletes (`test_reconcile.py` shows that it does). So an
ApplicationSet with an error counts as untouched, and one without must render exactly what it rendered before.
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
    """The ApplicationSets that got an error; the others must have rendered what they did before."""
    assert set(answer.sets) == set(before.sets)
    for name in set(answer.sets) - set(answer.errors):
        assert answer.sets[name] == before.sets[name], name
    return set(answer.errors)


def test_a_restart(program, site):
    before = site.generate(program)
    assert before.errors == {}
    with asking(program, site) as answers:
        for _ in range(2):
            site.generator.stop()
            site.generator.start()
            site.generator.ready()
    assert answers
    for answer in answers:
        failed(answer, before)
    assert site.generate(program) == before


def test_workers_killed_again_and_again(program, site):
    """SIGKILL at any moment: before, in and after an answer."""
    before = site.generate(program)
    with asking(program, site) as answers:
        for _ in range(6):
            workers = site.generator.until(site.generator.worker_ids, "a worker")
            for worker in workers:
                with suppress(ProcessLookupError):
                    kill(worker, signal.SIGKILL)
            site.generator.ready()
    for answer in answers:
        failed(answer, before)
    site.generator.until(lambda: site.generate(program) == before, "the list as it was")


def test_a_worker_killed_in_mid_answer(program, site):
    """After no byte, in the status line, in the headers, and twice in the body.

    The relay passes on what such a death leaves on the wire: an answer is small enough to be in the kernel's hands
    before a signal can cut it, so the kill alone would seldom hit its middle.
    """
    site.keep("catalog")
    before = site.generate(program)

    def kill_workers():
        for worker in site.generator.worker_ids():
            with suppress(ProcessLookupError):
                kill(worker, signal.SIGKILL)

    body = {"applicationSetName": "catalog", "input": {"parameters": {"instance": "prod", "team": "catalog"}}}
    size = len(site.generator.post(json.dumps(body).encode(), gzip=True).body)
    assert size > 400, "with the headers, the last two are in the body"
    for upto in (0, 12, 100, size - 100, size):
        with relay(site.generator.port, upto, kill_workers) as url:
            answer = site.generate(program, base_url=url)
        assert failed(answer, before) == {"catalog"}, upto
    site.generator.until(lambda: site.generate(program) == before, "the list as it was")


def test_a_generator_that_is_down(program, few):
    before = few.generate(program)
    few.generator.stop()
    answer = few.generate(program)
    assert failed(answer, before) == set(before.sets)
    assert all("connection refused" in error for error in answer.errors.values())


def test_a_wrong_token(program, served, tmp_path):
    before = served.generate(program)
    answer = served.generate(program, secret=write_secret(tmp_path / "secret", "wrong"))
    assert failed(answer, before) == set(before.sets)
    assert all("status code 401" in error for error in answer.errors.values())


def test_a_secret_without_the_key(program, served, tmp_path):
    """Argo CD then sends the literal `$token`."""
    before = served.generate(program)
    answer = served.generate(program, secret=write_secret(tmp_path / "secret", TOKEN, key="other"))
    assert failed(answer, before) == set(before.sets)
    assert all("status code 401" in error for error in answer.errors.values())


def test_no_secret_at_all(program, served, tmp_path):
    before = served.generate(program)
    answer = served.generate(program, secret=write_secret(tmp_path / "secret", TOKEN, name="other"))
    assert failed(answer, before) == set(before.sets)
    assert all("error fetching Secret token" in error for error in answer.errors.values())


def test_a_token_that_is_rotated(program, site, tmp_path):
    """Both hold while both are there; the old one is refused afterwards; nothing restarts."""
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


def test_two_tokens_at_once_leave_no_gap(program, example, secret, tmp_path):
    """The rotation of docs/operating.md, with a second file."""
    following = tmp_path / "next"
    following.write_text("the-token-of-next-year")
    fresh = write_secret(tmp_path / "fresh", "the-token-of-next-year")
    files = {"SIXFOLD_TOKEN_FILES": f"{tmp_path / 'run' / 'token'}:{following}"}
    with Generator(example.tree, tmp_path / "run", environ=files) as generator:
        both = Site(example, generator.ready(), secret, tmp_path / "applied")
        before = both.generate(program)
        assert before.errors == {}
        assert both.generate(program, secret=fresh) == before


def test_an_answer_slower_than_the_timeout(program, few):
    """Every process of the service is stopped: connections are taken by the kernel, and nobody answers."""
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
def test_a_torn_tree(program, site, tear):
    before = site.generate(program)
    tear(site.deploy.out)
    site.publish_doubtful()
    assert site.generate(program) == before


def test_a_tree_without_a_team_that_nobody_approved(program, site):
    """The team stays where it was, at its old revision."""
    site.instance = "nonprod"
    before = site.generate(program)
    assert "staging-dc1-a-storefront" in before.names
    site.deploy.withdraw_storefront()
    site.deploy.compile(anew=True)
    site.publish_doubtful()
    after = site.generate(program)
    assert after.errors == {}
    assert after.names == before.names
    assert after.sets["storefront"] == before.sets["storefront"]


def test_a_tree_without_a_cluster_that_nobody_approved(program, site):
    before = site.generate(program)
    site.deploy.edit("environments/prod.libsonnet", "'dc2-c': ", "'dc2-c':: ")
    site.deploy.edit("environments/prod.libsonnet", "spread: 3", "spread: 2")
    site.deploy.place()
    site.deploy.compile(anew=True)
    site.publish_doubtful()
    assert site.generate(program) == before


def test_nothing_adopted(program, example, secret, tmp_path):
    """A generator that has no tree yet: no list at all, and so an error for every ApplicationSet."""
    with Generator(tmp_path / "no-such-tree", tmp_path / "run") as generator:
        generator.until(lambda: generator.admin("/livez").status == 200, "life")
        answer = Site(example, generator, secret, tmp_path / "applied").generate(program)
    assert set(answer.errors) == set(answer.sets)
    assert all("status code 503" in error for error in answer.errors.values())
    assert answer.applications == []


@contextmanager
def asking(program, site):
    """Argo CD asks without a pause, in two processes at a time; what it got, when it is over."""
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
