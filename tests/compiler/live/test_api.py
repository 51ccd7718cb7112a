"""Bodies of answers are limited in size and time, and closed when reading stops early."""

from __future__ import annotations

import io
import math

import pytest
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

from sixfold_compiler.live import ApiError
from sixfold_compiler.live import api as api_module


class Broken(io.BytesIO):
    """A body whose second read fails."""

    def read1(self, size=-1, /):
        if self.tell():
            raise OSError("broken")
        return super().read1(size)

    read = read1


def response(body: io.BytesIO) -> HTTPResponse:
    return HTTPResponse(body, preload_content=False)


def test_a_body_within_the_limits_is_read() -> None:
    assert api_module._body(response(io.BytesIO(b"{}" * 40_000)), math.inf) == b"{}" * 40_000


@pytest.mark.parametrize(("limit", "end", "words"), [(10, math.inf, "too long"), (1 << 20, 0.0, "took too long")])
def test_a_body_over_a_limit_is_closed(monkeypatch, limit, end, words) -> None:
    monkeypatch.setattr(api_module, "MAX_BYTES", limit)
    answer = response(io.BytesIO(b"x" * 200_000))
    with pytest.raises(ApiError, match=words):
        api_module._body(answer, end)
    assert answer.closed


def test_a_body_that_breaks_off_is_closed() -> None:
    answer = response(Broken(b"x" * 200_000))
    with pytest.raises(HTTPError, match="broken"):
        api_module._body(answer, math.inf)
    assert answer.closed
