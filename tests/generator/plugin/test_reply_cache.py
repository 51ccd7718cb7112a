"""Finished answers are cached while they are current, within a limit; the least recently used are evicted first."""

from __future__ import annotations

import gzip
import json
from datetime import date

import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin import reply_cache
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import Refusal, parse
from sixfold_generator.plugin.reply_cache import ReplyCache
from tests.support.trees import Spec, read

TODAY = date(2026, 11, 24)
PLENTY = 1 << 20  # bytes


def ask(name="set", **parameters):
    return parse(json.dumps({"applicationSetName": name, "input": {"parameters": parameters}}).encode())


@pytest.fixture(scope="module")
def catalog():
    return Catalog(adopt(None, *read(Spec(), "a" * 40), TODAY).snapshot)


@pytest.fixture(scope="module")
def later(catalog):
    """Return the same fleet one commit later, with one changed overlay."""
    spec = Spec()
    spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    return Catalog(adopt(catalog.snapshot, *read(spec, "b" * 40), TODAY).snapshot)


def test_the_same_query_of_any_application_set_is_answered_once(catalog):
    replies = ReplyCache(PLENTY)
    first = replies.get(catalog, ask(team="playback"), gzipped=False)
    assert first.body == answer(catalog, ask(team="playback")).body
    assert first.sets == len(json.loads(first.body)["output"]["parameters"]) > 1
    assert replies.get(catalog, ask("another", team="playback"), gzipped=False) is first
    assert replies.get(catalog, ask(team="identity"), gzipped=False).body != first.body


def test_a_newer_snapshot_replaces_the_replies_of_the_older(catalog, later):
    replies = ReplyCache(PLENTY)
    old = replies.get(catalog, ask(team="playback", cluster="dc1-a"), gzipped=False)
    new = replies.get(later, ask(team="playback", cluster="dc1-a"), gzipped=False)
    assert (b"a" * 40 in old.body, b"b" * 40 in new.body, b"a" * 40 in new.body) == (True, True, False)
    assert replies.get(later, ask(team="playback", cluster="dc1-a"), gzipped=False) is new


def test_gzip_is_used_for_clients_that_take_it_and_large_answers(catalog):
    replies = ReplyCache(PLENTY)
    plain = replies.get(catalog, ask(), gzipped=False)
    packed = replies.get(catalog, ask(), gzipped=True)
    assert (plain.gzipped, packed.gzipped, packed.sets) == (False, True, plain.sets)
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert replies.get(catalog, ask(), gzipped=True) is packed
    assert packed.body[8] == 4, "the fastest level: other requests wait meanwhile"
    assert packed.body[4:8] == bytes(4), "no time of day is in it: every worker sends the same bytes"
    small = replies.get(catalog, ask(team="ads", cluster="dc1-a", environment="prod"), gzipped=True)
    assert len(small.body) < 1024
    assert not small.gzipped


@pytest.mark.parametrize(("size", "gzipped"), [(1023, False), (1024, True)])
def test_an_answer_is_gzipped_from_one_kibibyte_on(catalog, monkeypatch, size, gzipped):
    monkeypatch.setattr(reply_cache, "answer", lambda *_: (b"x" * size, 1))
    assert ReplyCache(PLENTY).get(catalog, ask(), gzipped=True).gzipped is gzipped


def test_the_least_recently_used_reply_is_evicted_at_the_limit(catalog):
    questions = [ask(team="playback"), ask(team="identity"), ask(unit="cluster")]
    sizes = [len(answer(catalog, query).body) for query in questions]
    replies = ReplyCache(sum(sizes) - 1)  # room for any two replies
    first, second = (replies.get(catalog, query, gzipped=False) for query in questions[:2])
    assert replies.get(catalog, questions[0], gzipped=False) is first  # used again, so the second is now the oldest
    replies.get(catalog, questions[2], gzipped=False)
    assert replies.get(catalog, questions[0], gzipped=False) is first
    assert replies.get(catalog, questions[1], gzipped=False) is not second


def test_an_answer_over_the_limit_is_given_but_not_cached(catalog):
    small = len(answer(catalog, ask(team="ads")).body)
    replies = ReplyCache(small)
    kept = replies.get(catalog, ask(team="ads"), gzipped=False)
    large = replies.get(catalog, ask(), gzipped=False)
    assert large.body == answer(catalog, ask()).body
    assert replies.get(catalog, ask(), gzipped=False) is not large
    assert replies.get(catalog, ask(team="ads"), gzipped=False) is kept, "and nothing else went for it"


def test_a_refusal_is_not_cached(catalog):
    replies = ReplyCache(PLENTY)
    for _ in range(2):
        with pytest.raises(Refusal):
            replies.get(catalog, ask(team="nobody"), gzipped=False)
