"""The plugin's view: limits of a body, errors in one form, gzip, headers, and one log line for each request."""

from __future__ import annotations

import gzip
import io
import json

import pytest

from sixfold_generator.web.getparams import error_body
from sixfold_generator.web.routes import MAX_BODY, MAX_MESSAGE
from tests.support.generator import PATH, TOKEN
from tests.support.in_process import InProcess
from tests.support.trees import Spec

QUESTION = b'{"applicationSetName":"set","input":{}}'


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return InProcess(tmp_path_factory.mktemp("generator"), Spec())


class Body:
    """A request body like gunicorn's that counts the bytes that were read."""

    def __init__(self, data):
        self.stream = io.BytesIO(data)

    @property
    def taken(self):
        return self.stream.tell()

    def read(self, size):
        return self.stream.read(size)


class Broken:
    """A request body whose read fails."""

    def __init__(self, error):
        self.error = error

    def read(self, _size):
        raise self.error


def chunked(generator, body, **options):
    """Return the reply to a body without a length, from a server that ends the stream at the end of the body."""
    return generator.plugin(
        environ_overrides={"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}, **options
    )


def sent(generator, body, length):
    """Return the reply to a body with a given Content-Length."""
    overrides = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(length)}
    return generator.plugin(environ_overrides=overrides)


def test_a_body_is_read_with_a_length_and_in_chunks(generator):
    assert sent(generator, Body(QUESTION), len(QUESTION)).status_code == 200
    assert chunked(generator, Body(QUESTION)).status_code == 200


def test_a_body_of_the_limit_is_read_and_parsed(generator):
    padded = QUESTION.ljust(MAX_BODY)
    assert sent(generator, Body(padded), MAX_BODY).status_code == 200
    assert chunked(generator, Body(padded)).status_code == 200


def test_a_longer_body_is_413_and_read_no_further_than_the_limit_and_one_byte(generator):
    announced = Body(b" " * (MAX_BODY * 2))
    assert sent(generator, announced, MAX_BODY * 2).status_code == 413
    assert announced.taken == 0
    just_over = Body(b" " * (MAX_BODY + 1))
    assert sent(generator, just_over, MAX_BODY + 1).status_code == 413
    endless = Body(b" " * (MAX_BODY * 2))
    reply = chunked(generator, endless)
    assert reply.status_code == 413
    assert reply.json == {"message": f"the body has more than {MAX_BODY} bytes"}
    assert endless.taken == MAX_BODY + 1


def test_the_body_of_a_request_without_a_token_is_not_read(generator):
    body = Body(QUESTION)
    reply = chunked(generator, body, token="wrong")
    assert reply.status_code == 401
    assert body.taken == 0


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (TimeoutError(), 408, "the request took too long to arrive"),
        (ConnectionResetError(), 400, "the request broke off"),
        (OSError(), 400, "the request broke off"),
        (RuntimeError("a server's own error for malformed chunks"), 400, "the body is not sent as HTTP says"),
    ],
    ids=["silence", "reset", "closed", "chunks"],
)
def test_a_body_that_does_not_arrive_is_an_error_of_the_client(generator, error, status, message):
    reply = chunked(generator, Broken(error))
    assert (reply.status_code, reply.json) == (status, {"message": message})
    assert not [line for line in generator.lines if line["event"] == "internal"]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True), ("deflate, GZIP;q=0.5", True), ("*", True), ("gzip;q=1", True), ("br;q=0,gzip", True),
        ("*;q=0, gzip", True), ("", False), ("deflate, br", False), ("gzip;q=0", False), ("gzip; q=0.000", False),
        ("gzip;q=0, *", False), ("*;q=0", False), ("xgzip", False),
    ],
)  # fmt: skip
def test_gzip_is_used_where_accept_encoding_allows_it(generator, header, accepted):
    reply = generator.ask(headers={"Accept-Encoding": header})
    assert (reply.headers.get("Content-Encoding") == "gzip") is accepted
    assert reply.headers["Vary"] == "Accept-Encoding"
    plain = generator.ask().data
    assert (gzip.decompress(reply.data) if accepted else reply.data) == plain


def test_errors_are_never_gzipped(generator):
    reply = generator.ask({"team": "wrong"}, headers={"Accept-Encoding": "gzip"})
    assert reply.status_code == 404
    assert "Content-Encoding" not in reply.headers
    assert reply.json["message"].startswith('unknown team "wrong"')


@pytest.mark.parametrize("header", [{}, {"Host": "a b:c"}, {"Host": "localhost:8081"}, {"X-Forwarded-Port": "8081"}])
def test_no_header_chooses_the_listener(generator, header):
    assert generator.plugin("GET", "/livez", headers=header).status_code == 404
    assert generator.ask(headers=header).status_code == 200


def test_each_listener_has_its_own_routes(generator):
    assert generator.admin("/livez").json == {"status": "live"}
    for method in ("GET", "POST"):
        assert generator.admin(PATH, method).json == {"message": "there is nothing here"}
        reply = generator.plugin(method, "/metrics")
        assert (reply.status_code, reply.json["message"]) == (
            404,
            f"there is nothing here; the plugin API is POST {PATH}",
        )


@pytest.mark.parametrize("path", [PATH + "/", "/x" + PATH, "/api//v1/getparams.execute", "/static/x", "/é", "/"])
def test_other_paths_are_404_without_a_redirect(generator, path):
    assert generator.plugin(path=path, body=QUESTION).status_code == 404


def test_slashes_before_the_path_are_ignored(generator):
    """Argo CD appends the path to a base URL that may end with a slash."""
    reply = generator.plugin(path=PATH, body=QUESTION, environ_overrides={"PATH_INFO": "/" + PATH})
    assert reply.status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_405_with_allow(generator, method):
    reply = generator.plugin(method)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")


def test_a_head_request_gets_the_length_and_no_body(generator):
    """If the reply had a body, gunicorn would write to its error stream, which is for faults only."""
    reply = generator.plugin("HEAD")
    assert (reply.status_code, reply.data) == (405, b"")
    assert int(reply.headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    ("reply", "header"),
    [
        (lambda generator: generator.plugin(token="wrong"), ("WWW-Authenticate", "Bearer")),
        (lambda generator: generator.plugin("GET"), ("Allow", "POST")),
    ],
)
def test_an_error_has_the_header_of_its_status(generator, reply, header):
    name, value = header
    assert reply(generator).headers[name] == value


def test_with_nothing_adopted_the_reply_is_503_and_says_when_to_ask_again(tmp_path):
    reply = InProcess(tmp_path).ask()
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert list(reply.json) == ["message"]


def test_a_fault_of_the_service_is_a_500_whose_trace_is_in_the_log_alone(tmp_path, monkeypatch):
    generator = InProcess(tmp_path, Spec())
    monkeypatch.setattr(generator.service, "replies", None)
    reply = generator.ask({"team": "ads"})
    assert (reply.status_code, reply.json) == (500, {"message": "the generator failed; its log has the trace"})
    internal, request = generator.lines
    assert (internal["event"], internal["level"]) == ("internal", "error")
    assert "AttributeError" in internal["trace"]
    assert (request["outcome"], request["status"]) == ("error", 500)
    assert TOKEN not in generator.stream.getvalue().decode()


def test_each_request_is_one_log_line(tmp_path):
    generator = InProcess(tmp_path, Spec())
    reply = generator.ask({"team": "ads"}, name="a-set")
    generator.ask({"team": "wrong"}, name="a-set\x1b")
    generator.plugin("BREW" * 9, "/nothing%0A")
    good, unknown, nothing = generator.lines
    assert good.keys() == {
        "event", "level", "timestamp", "outcome", "status", "duration_ms", "bytes", "method", "application_set",
        "params", "sets", "revision",
    }  # fmt: skip
    assert (good["outcome"], good["status"], good["bytes"], good["sets"]) == ("ok", 200, len(reply.data), 4)
    assert (good["event"], good["level"], good["method"]) == ("request", "info", "POST")
    assert good["params"] == {"unit": "namespace", "team": ["ads"]}
    assert all(len(str(line["duration_ms"]).partition(".")[2]) <= 3 for line in generator.lines)
    assert (unknown["application_set"], unknown["outcome"]) == ("a-set?", "unknown-name")
    assert "sets" not in unknown
    assert (nothing["path"], nothing["method"], nothing["outcome"]) == ('"/nothing?"', "BREWBREWBREWBREW", "not-found")


def test_an_error_is_its_message_word_for_word():
    assert error_body("team “ads” is held") == '{"message":"team “ads” is held"}\n'.encode()


@pytest.mark.parametrize("message", ["x" * 10_000, "ü" * 900, '"' * 880, "\x00" * 500, "🏏" * 5000], ids=range(5))
def test_a_long_message_is_cut_to_the_limit(message):
    body = error_body(message)
    assert MAX_MESSAGE // 2 < len(body) <= MAX_MESSAGE
    shown = json.loads(body)["message"]
    assert shown.endswith("…")
    assert message.startswith(shown[:-1])
