"""Release files are edited as a careful person would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.loader import load_documents
from compiler.model.app import Release
from compiler.releases import new_release, with_versions

FILE = b"""\
# What runs in prod.
apiVersion: sixfold.dev/v1
kind: Release
environment: prod
apps:
  # the shop
  cart/cartservice: "0.10" # pinned: see the incident of May
  shop/frontend: 'v2'

  # streaming
  video/player: 1.4.2
"""


def test_only_the_versions_line_changes() -> None:
    changed = with_versions(FILE, {"video/player": "1.4.3"})
    assert changed == FILE.replace(b"1.4.2", b"1.4.3")


def test_the_quotes_and_the_comment_of_the_old_version_stay() -> None:
    changed = with_versions(FILE, {"cart/cartservice": "0.11", "shop/frontend": "v3"})
    assert changed == FILE.replace(b'"0.10"', b'"0.11"').replace(b"'v2'", b"'v3'")


def test_a_new_app_goes_where_it_sorts() -> None:
    changed = with_versions(FILE, {"shop/checkout": "1.0.0"})
    assert changed == FILE.replace(b"  shop/frontend", b"  shop/checkout: 1.0.0\n  shop/frontend")


@pytest.mark.parametrize(
    "version", ["1.10", "2026", "1e3", "0x1F", "007", "true", "null", "12:30", "1_000", "sha256:" + "0" * 64]
)
def test_a_version_that_could_be_read_as_something_else_is_quoted(version) -> None:
    (document,) = load_documents(with_versions(new_release("dev"), {"a/b": version}), "dev.yaml")
    assert document.value["apps"] == {"a/b": version}


def test_the_same_versions_give_the_same_bytes() -> None:
    assert with_versions(FILE, {"video/player": "1.4.2", "cart/cartservice": "0.10"}) == FILE


keys = st.from_regex(r"[a-z][a-z0-9]{0,5}/[a-z][a-z0-9-]{0,5}[a-z]", fullmatch=True)
versions = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,12}", fullmatch=True)


@given(st.dictionaries(keys, versions, max_size=6), st.dictionaries(keys, versions, max_size=6))
def test_a_file_written_and_read_back_says_what_was_meant(before, after) -> None:
    data = with_versions(with_versions(new_release("prod"), before), after)
    (document,) = load_documents(data, "prod.yaml")
    assert Release.model_validate(document.value).apps == before | after
