"""The plugin API on the wire: no body over the limit is read, no error is long, and gzip is for those who take it."""

from __future__ import annotations

import io
import json

import pytest

from sixfold_generator.plugin.query import Refusal
from sixfold_generator.web.protocol import (
    HEADERS,
    MAX_BODY,
    MAX_MESSAGE,
    error_body,
    headers_of,
    read_body,
    takes_gzip,
)


class Asked(io.BytesIO):
    """A body that knows how much of it was asked for."""

    asked = None

    def read(self, size=-1, /):
        self.asked = size
        return super().read(size)


class Broken:
    """A body that does not arrive."""

    def __init__(self, error):
        self.error = error

    def read(self, _size):
        raise self.error


def environ(body, length=None, *, chunked=False):
    values = {"wsgi.input": body}
    if length is not None:
        values["CONTENT_LENGTH"] = length
    return values | ({"wsgi.input_terminated": True} if chunked else {})


def refusal(*given, **more):
    with pytest.raises(Refusal) as raised:
        read_body(environ(*given, **more))
    return raised.value.outcome


def test_a_body_is_read_as_long_as_it_is_said_to_be():
    body = Asked(b"{}and what a client sends after it")
    assert read_body(environ(body, "2")) == b"{}"
    assert body.asked == 2


@pytest.mark.parametrize("length", [None, "", "-2", "two", "2.0", "²"])
def test_a_length_that_is_none_is_no_body(length):
    assert read_body(environ(Asked(b"{}"), length)) == b""


def test_a_chunked_body_is_read_to_its_end_whatever_length_is_said():
    assert read_body(environ(Asked(b"{}"), chunked=True)) == b"{}"
    assert read_body(environ(Asked(b"{}"), "1", chunked=True)) == b"{}"


def test_of_a_body_over_the_limit_one_byte_more_is_read_at_most():
    body = Asked(b" " * MAX_BODY)
    assert len(read_body(environ(body, str(MAX_BODY)))) == MAX_BODY
    unread = Asked(b" " * (MAX_BODY + 1))
    assert refusal(unread, str(MAX_BODY + 1)) == "too-large"
    assert unread.asked is None
    chunked = Asked(b" " * (MAX_BODY * 2))
    assert refusal(chunked, chunked=True) == "too-large"
    assert chunked.tell() == MAX_BODY + 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TimeoutError(), "too-slow"), (ConnectionResetError(), "bad-request"), (OSError(), "bad-request"),
        (ValueError("a server's own error for chunks that are none"), "bad-request"),
    ],
)  # fmt: skip
def test_a_body_that_does_not_arrive_is_an_answer_and_no_failure(error, outcome):
    assert refusal(Broken(error), "2") == outcome


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True), ("deflate, GZIP;q=0.5", True), ("*", True), ("gzip;q=1", True), ("br;q=0,gzip", True),
        ("*;q=0, gzip", True), ("", False), ("deflate, br", False), ("gzip;q=0", False), ("gzip; q=0.000", False),
        ("gzip;q=0, *", False), ("*;q=0", False), ("xgzip", False),
    ],
)  # fmt: skip
def test_gzip_is_taken_where_it_is_named_or_anything_is_and_not_refused(header, taken):
    assert takes_gzip(header) is taken


def test_a_reply_says_its_length_its_coding_and_what_its_status_asks_for():
    assert headers_of(200, 7, gzipped=False) == [*HEADERS, ("Content-Length", "7")]
    assert headers_of(200, 7, gzipped=True)[-1] == ("Content-Encoding", "gzip")
    told = {status: headers_of(status, 0, gzipped=False)[-1] for status in (401, 405, 503)}
    assert told == {401: ("WWW-Authenticate", "Bearer"), 405: ("Allow", "POST"), 503: ("Retry-After", "5")}


def test_an_error_is_its_message_word_for_word():
    assert error_body("team “ads” is held") == '{"message":"team “ads” is held"}\n'.encode()


@pytest.mark.parametrize("message", ["x" * 10_000, "ü" * 900, '"' * 880, "\x00" * 500, "🏏" * 5000], ids=range(5))
def test_an_error_is_short_json_however_long_its_message_is(message):
    body = error_body(message)
    assert MAX_MESSAGE // 2 < len(body) <= MAX_MESSAGE
    told = json.loads(body)["message"]
    assert told.endswith("…")
    assert message.startswith(told[:-1])
