"""Lists in answers of an API server: an answer without a list is an error, not an empty list."""

from __future__ import annotations

import pytest

from sixfold_compiler.live import ApiError

CONFIGMAPS = "/api/v1/namespaces/argocd/configmaps"
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def test_an_empty_list_of_metadata_may_be_null(recorded):
    """A real API server sends null, and the recorded one does the same."""
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
def test_an_answer_that_is_no_list_is_an_error_and_not_empty(recorded, page):
    recorded.server.fail(lambda status, _: (status, page))
    with pytest.raises(ApiError, match="not a list"):
        list(recorded.api.items(CONFIGMAPS))
