"""Clusters that an Argo CD has registered, from its cluster Secrets alone."""

from __future__ import annotations

import base64

import pytest

from sixfold_compiler.live.registered import Registered, parse_registered, servers
from tests.support.apiserver import cluster_secret


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    "server",
    [None, 5, [], "", "not base64!", encoded(b""), encoded(b" \n"), encoded("ä".encode()), encoded(b"a\x1b[31m"),
     encoded(b"https://x")[:4] + "%" + encoded(b"https://x")[4:], encoded(b"x" * 513), encoded(b"x" * 4000)],
)  # fmt: skip
def test_secrets_without_a_readable_server_are_skipped(server) -> None:
    """Argo CD ignores them too. Servers with terminal escapes or of excessive length are skipped as well."""
    good = cluster_secret("a", "https://a.example.com")
    bad = {**good, "data": {**good["data"], "server": server}}
    assert list(parse_registered([bad, good])) == [Registered("a", "https://a.example.com")]


def test_a_server_may_have_512_characters() -> None:
    server = "https://" + "x" * 504
    assert list(parse_registered([cluster_secret("a", server)])) == [Registered("a", server)]


@pytest.mark.parametrize("secret", [{}, {"data": None}, {"data": []}, {"data": {}}])
def test_secrets_without_data_are_skipped(secret) -> None:
    assert list(parse_registered([secret])) == []


def test_a_cluster_without_a_name_is_named_by_its_server_and_malformed_annotations_do_not_freeze_it() -> None:
    unnamed = {"data": {"server": encoded(b" https://a.example.com\n")}}
    shapes = [
        None,
        {"annotations": None},
        {"annotations": []},
        {"annotations": {"argocd.argoproj.io/skip-reconcile": True}},
    ]
    for metadata in shapes:
        clusters = list(parse_registered([{**unnamed, "metadata": metadata}]))
        assert clusters == [Registered("https://a.example.com", "https://a.example.com")]
    frozen = cluster_secret("a", "https://a.example.com", **{"argocd.argoproj.io/skip-reconcile": "true"})
    assert [cluster.frozen for cluster in parse_registered([frozen])] == [True]


def test_servers_are_compared_without_a_trailing_slash() -> None:
    first, second = Registered("a", "https://a.example.com/"), Registered("b", "https://b.example.com")
    assert servers([first, second]) == {"https://a.example.com": first, "https://b.example.com": second}
