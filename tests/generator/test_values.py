"""Values of a query and of a snapshot: log lines, sizes, and bytes that are no snapshot."""

from __future__ import annotations

import hashlib
import json

import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import MAX_BRIEF, parse
from sixfold_generator.state.snapshot import DamagedError, decode, encode
from tests.support.adopting import TODAY
from tests.support.trees import Spec, read


@pytest.fixture(scope="module")
def snapshot():
    return adopt(None, *read(Spec(), "1" * 40), TODAY).snapshot


def question(**parameters):
    return parse(json.dumps({"applicationSetName": "set", "input": {"parameters": parameters}}).encode())


def test_a_log_line_has_the_query_and_the_beginning_of_long_lists():
    clusters = [f"c-{number:03}" for number in range(MAX_BRIEF + 5)]
    brief = question(team="shop", cluster=clusters).brief
    assert brief["unit"] == "namespace"
    assert brief["team"] == ["shop"]
    assert len(brief["cluster"]) == MAX_BRIEF


def test_sizes_count_every_set_of_a_unit(snapshot):
    sizes = Catalog(snapshot).sizes
    places = list(snapshot.namespaces())
    assert sizes == {
        "cluster": len(snapshot.clusters),
        "namespace": len(places),
        "app": sum(len(namespace.apps) for _, _, namespace in places),
    }
    assert 0 < sizes["cluster"] < sizes["namespace"] < sizes["app"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"clusters": 5}'])
def test_a_valid_checksum_over_bytes_that_are_no_snapshot_is_damage(snapshot, body):
    """The header is complete, so nothing was torn: the bytes were written like this."""
    head = encode(snapshot).partition(b"\n")[0]
    digest, size = hashlib.sha256(body).hexdigest().encode(), str(len(body)).encode()
    parts = head.split(b" ")
    forged = b" ".join([*parts[:-2], digest, size])
    with pytest.raises(DamagedError, match="it is not a snapshot"):
        decode(forged + b"\n" + body)
