"""What counts as a list in an API server's answer: an empty state must never be read out of something else."""

from __future__ import annotations

import pytest

from sixfold_compiler.live import ApiError

CONFIGMAPS = "/api/v1/namespaces/argocd/configmaps"
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def test_a_list_of_metadata_alone_without_any_is_null(recorded):
    """A real API server sends that, and the recorded one does since it was seen."""
    assert recorded.api.get(CONFIGMAPS, METADATA)["items"] is None
    assert list(recorded.api.items(CONFIGMAPS, accept=METADATA)) == []


NO_LISTS = [
    {},
    {"items": None},
    {"kind": "ConfigMapList"},
    {"kind": "Status", "items": None},
    {"kind": None, "items": None},
    {"kind": "ConfigMapList", "items": {}},
    {"kind": "ConfigMapList", "items": ""},
]


@pytest.mark.parametrize("page", NO_LISTS, ids=str)
def test_what_is_no_list_is_never_taken_for_an_empty_one(recorded, page):
    recorded.server.fail(lambda status, _: (status, page))
    with pytest.raises(ApiError, match="no list"):
        list(recorded.api.items(CONFIGMAPS))
