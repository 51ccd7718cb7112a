"""The generator rejects every public file as the body and as the parameters of a request, with a printable message."""

from __future__ import annotations

import json

import pytest

from sixfold_compiler.diagnostics import printable
from sixfold_generator.plugin.query import Refusal, parse
from tests.conformance.peers.json_values import values

pytestmark = pytest.mark.conformance("Public manifests of real projects")


def test_no_file_is_accepted_as_a_request(peer):
    _, files = peer
    bodies = [file.data for file in files]
    bodies += [
        json.dumps({"applicationSetName": "set", "input": {"parameters": value}}).encode()
        for value in values(files)
        if value
    ]
    for body in bodies:
        with pytest.raises(Refusal) as caught:
            parse(body)
        assert caught.value.status == 400
        assert printable(caught.value.message) == caught.value.message
        assert 0 < len(caught.value.message) < 400
