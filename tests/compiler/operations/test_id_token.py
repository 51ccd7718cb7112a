"""ID tokens: a token that the forge signed for the deploy repo says who asked, and no other token does."""

from __future__ import annotations

import json

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations.id_token import forge_of, user_of
from tests.support.issuer import Issuer, encoded

NOW = 1_800_000_000
REPOSITORY = "git@gitlab.example.com:platform/deploy.git"
CLAIMS = {
    "iss": "https://gitlab.example.com",
    "aud": "sixfold",
    "exp": NOW + 300,
    "nbf": NOW - 5,
    "project_path": "platform/deploy",
    "ref_type": "branch",
    "ref_protected": "true",
    "pipeline_source": "trigger",
    "user_login": "playback-ci",
}


@pytest.fixture(scope="module")
def forge(tmp_path_factory):
    return Issuer(tmp_path_factory.mktemp("forge"))


def message_of(token: str, *keys: dict[str, str]) -> str:
    with pytest.raises(DiagnosticError) as caught:
        user_of(token, json.dumps({"keys": keys}).encode(), REPOSITORY, NOW)
    assert [d.code for d in caught.value.diagnostics] == ["SF241"]
    return caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    "change",
    [{}, {"aud": ["other", "sixfold"]}, {"exp": NOW - 59}, {"nbf": NOW + 60}, {"ref_protected": True}],
)
def test_a_token_of_a_protected_branch_of_the_deploy_repo_names_who_asked(change, forge) -> None:
    token = forge.token(CLAIMS | change)
    other = {**forge.key, "kid": "b", "n": encoded(b"\xff" * 256)}
    keys = {"keys": [{"kty": "EC"}, other, forge.key]}
    assert user_of(f"{token}\n", json.dumps(keys).encode(), REPOSITORY, NOW) == "playback-ci"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"iss": "https://gitlab.example.org"}, "is not issued by https://gitlab.example.com"),
        ({"aud": "vault"}, "is not for the audience sixfold"),
        ({"aud": "sixfolds"}, "is not for the audience sixfold"),
        ({"aud": ["vault"]}, "is not for the audience sixfold"),
        ({"exp": NOW - 60}, "is expired"),
        ({"exp": None}, "lacks a claim of GitLab"),
        ({"exp": True}, "lacks a claim of GitLab"),
        ({"exp": "1900000000"}, "lacks a claim of GitLab"),
        ({"nbf": NOW + 61}, "is not valid yet"),
        ({"project_path": "ads/deploy"}, "is not for a pipeline of platform/deploy"),
        ({"ref_protected": "false"}, "is not for a protected branch"),
        ({"ref_type": "tag"}, "is not for a protected branch"),
        ({"user_login": ""}, "lacks a claim of GitLab"),
        ({"user_login": ["playback-ci"]}, "lacks a claim of GitLab"),
    ],
)
def test_a_token_that_was_issued_for_something_else_is_refused(change, message, forge) -> None:
    assert message_of(forge.token(CLAIMS | change), forge.key) == f"the ID token {message}"


def test_a_token_that_the_forge_did_not_sign_is_refused(forge, tmp_path) -> None:
    unsigned = "the ID token is not signed by https://gitlab.example.com"
    head, claims, signature = forge.token(CLAIMS).split(".")
    forged = encoded(json.dumps(CLAIMS | {"user_login": "ads-ci"}).encode())
    assert message_of(f"{head}.{forged}.{signature}", forge.key) == unsigned
    assert message_of(f"{head}.{claims}.", forge.key) == unsigned
    assert message_of(f"{head}.{claims}.{signature[:-8]}", forge.key) == unsigned
    assert message_of(f"{head}.{claims}.{signature}", {**forge.key, "n": encoded(b"\xff" * 256)}) == unsigned
    assert message_of(f"{head}.{claims}.{signature}", {**forge.key, "kid": "b"}) == unsigned
    assert message_of(f"{head}.{claims}.{signature}", {**forge.key, "kty": "oct"}) == unsigned
    assert message_of(f"{head}.{claims}.{signature}") == unsigned
    assert message_of(forge.token(CLAIMS, digest="-sha512"), forge.key) == unsigned
    assert message_of(forge.token(CLAIMS), {**forge.key, "e": "AQ"}) == unsigned, "an exponent of 1 signs everything"
    short = Issuer(tmp_path, 1024)
    assert message_of(short.token(CLAIMS), short.key) == unsigned


@pytest.mark.parametrize("head", [{"alg": "none"}, {"alg": "HS256"}, {"alg": ""}])
def test_a_token_with_another_algorithm_is_refused(head, forge) -> None:
    assert message_of(forge.token(CLAIMS, **head), forge.key) == "the ID token is not signed with RS256"


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d", "x" * 20_000])
def test_what_is_no_token_is_refused(token, forge) -> None:
    assert message_of(token, forge.key) == "the ID token is not a JSON web token"


@pytest.mark.parametrize("part", ["", "!!", "é", encoded(b"[1]"), encoded(b"\xff"), encoded(b"[" * 4000)])
def test_parts_that_cannot_be_read_are_refused(part, forge) -> None:
    assert message_of(f"{part}.{part}.{part}", forge.key) == "the ID token has a head that cannot be read"
    assert "signed by" in message_of(f"{forge.token(CLAIMS).split('.')[0]}.{part}.{part}", forge.key)
    assert message_of(forge.token([]), forge.key) == "the ID token lacks a claim of GitLab"


@pytest.mark.parametrize("keys", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": ["x"]}'])
def test_key_sets_that_cannot_be_read_are_refused(keys, forge) -> None:
    with pytest.raises(DiagnosticError) as caught:
        user_of(forge.token(CLAIMS), keys, REPOSITORY, NOW)
    message = "the ID token cannot be verified: https://gitlab.example.com has no key set"
    assert [d.message for d in caught.value.diagnostics] == [message]


@pytest.mark.parametrize(
    ("url", "forge", "path"),
    [
        ("https://git.example.com/a/b.git", "https://git.example.com", "a/b"),
        ("https://bot@git.example.com:8443/a/b/c", "https://git.example.com:8443", "a/b/c"),
        ("git@git.example.com:a/b.git", "https://git.example.com", "a/b"),
        ("ssh://git@git.example.com:22/a/b/", "https://git.example.com", "a/b"),
        ("http://git.example.com/a", "http://git.example.com", "a"),
    ],
)
def test_a_repository_s_url_has_its_forge_and_its_path(url, forge, path) -> None:
    assert forge_of(url) == (forge, path)
