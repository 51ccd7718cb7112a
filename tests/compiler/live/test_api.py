"""Requests to an API server: answers are limited in size and time, errors quote nothing, connections are closed."""

from __future__ import annotations

import gzip
import io
import math
import socket
import ssl
import threading

import pytest
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, IncompleteRead, NameResolutionError, NewConnectionError, ProtocolError

from sixfold_compiler.live import ApiError, own_cluster
from sixfold_compiler.live import api as api_module
from sixfold_compiler.live.api import METADATA
from tests.support.apiserver import ApiServer, node


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


def test_a_body_may_have_32_mebibytes() -> None:
    most = 32 * 2**20
    assert len(api_module._body(response(io.BytesIO(bytes(most))), math.inf)) == most
    with pytest.raises(ApiError, match="too long"):
        api_module._body(response(io.BytesIO(bytes(most + 1))), math.inf)


def test_a_body_that_breaks_off_is_closed() -> None:
    answer = response(Broken(b"x" * 200_000))
    with pytest.raises(HTTPError, match="broken"):
        api_module._body(answer, math.inf)
    assert answer.closed


def test_a_compressed_body_is_read_as_its_content() -> None:
    packed = io.BytesIO(gzip.compress(b"{}" * 9))
    answer = HTTPResponse(packed, headers={"Content-Encoding": "gzip"}, preload_content=False)
    assert api_module._body(answer, math.inf) == b"{}" * 9


class RefusedError(HTTPError):
    """An error of the client library, with the error that it names as its reason."""

    def __init__(self, reason: BaseException | None = None) -> None:
        self.reason = reason


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (TimeoutError(), "it does not answer in time"),
        (ssl.SSLError(), "its certificate is not trusted, or TLS failed"),
        (NameResolutionError("h", None, socket.gaierror()), "its name cannot be resolved"),
        (IncompleteRead(1, 2), "the answer broke off"),
        (ProtocolError(), "the answer broke off"),
        (NewConnectionError(None, ""), "it cannot be reached"),
        (ConnectionRefusedError(), "it cannot be reached"),
        (ValueError("secret"), "the request failed (RefusedError)"),
    ],
)
@pytest.mark.parametrize("link", ["reason", "cause", "context"])
def test_the_cause_of_a_failed_request_is_reported_without_its_text(cause, words, link) -> None:
    error = RefusedError(cause if link == "reason" else None)
    if link == "cause":
        error.__cause__ = cause
    if link == "context":
        error.__context__ = cause
    assert api_module._words(error) == words
    assert api_module._words(RefusedError(error)) == words


def test_errors_that_name_each_other_have_an_end() -> None:
    error = RefusedError()
    error.reason = error
    assert api_module._words(error) == "the request failed (RefusedError)"


@pytest.fixture
def server():
    with ApiServer() as running:
        yield running


@pytest.fixture
def api(server, tmp_path):
    opened = own_cluster(server.kubeconfig(tmp_path / "config"))
    yield opened
    opened.close()


def test_closing_closes_the_connections(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ends = []

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                connection.settimeout(5)
                ends.append(connection.recv(1))

        thread = threading.Thread(target=answer)
        thread.start()
        recorded = ApiServer()
        recorded.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        opened = own_cluster(recorded.kubeconfig(tmp_path / "config"))
        assert opened.get("/version") == {}
        opened.close()
        thread.join()
    assert ends == [b""]


@pytest.mark.parametrize(
    ("status", "document", "text"),
    [
        (403, {"reason": "Forbidden"}, "HTTP 403 (Forbidden)"),
        (403, {"reason": "Forbidden for a-secret"}, "HTTP 403 (no reason given)"),
        (403, {"reason": "x" * 41}, "HTTP 403 (no reason given)"),
        (403, {"reason": 5}, "HTTP 403 (no reason given)"),
        (403, ["Forbidden"], "HTTP 403 (no reason given)"),
        (300, {"reason": "Moved"}, "HTTP 300 (Moved)"),
        (200, ["no object"], "the answer is not a JSON object"),
    ],
)
def test_errors_have_the_status_and_a_reason_of_one_word(server, api, status, document, text) -> None:
    server.fail(lambda *_: (status, document))
    with pytest.raises(ApiError) as failed:
        api.get("/api/v1/nodes")
    assert str(failed.value) == text
    assert failed.value.status == (0 if status == 200 else status)
    assert failed.value.reason in text


def test_an_answer_that_is_too_long_is_an_error_without_a_status(server, api, monkeypatch) -> None:
    monkeypatch.setattr(api_module, "MAX_BYTES", 10)
    with pytest.raises(ApiError, match=r"^the answer is too long$") as failed:
        api.get("/api/v1/nodes")
    assert failed.value.status == 0


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_every_status_of_success_has_an_answer(server, api, status) -> None:
    server.fail(lambda *_: (status, {"a": 1}))
    assert api.get("/api/v1/nodes") == {"a": 1}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("close", "the answer broke off"),
        ("cut", "the answer broke off"),
        ("garbage", "the answer is not a JSON object"),
    ],
)
def test_a_request_without_an_answer_says_why(server, api, action, words) -> None:
    server.fail(action)
    with pytest.raises(ApiError) as failed:
        api.get("/api/v1/nodes")
    assert (failed.value.status, str(failed.value)) == (0, words)


def test_a_server_that_is_not_there_cannot_be_reached(tmp_path) -> None:
    with ApiServer() as stopped:
        opened = own_cluster(stopped.kubeconfig(tmp_path / "config"))
    with pytest.raises(ApiError, match=r"^it cannot be reached$"):
        opened.get("/version")


def test_lists_are_read_to_their_last_page_and_hold_only_objects(server, api) -> None:
    server.page = 2
    server.nodes = [node("a"), "no object", node("b"), node("c"), node("d")]
    names = [item["metadata"]["name"] for item in api.items("/api/v1/nodes", limit=3)]
    assert names == ["a", "b", "c", "d"]
    assert [query["limit"] for _, _, query in server.requests] == ["3", "3", "3"]
    assert [query.get("continue") for _, _, query in server.requests] == [None, "2", "4"]


@pytest.mark.parametrize("metadata", [None, 5, {"continue": 5}, {"continue": ""}, {}])
def test_a_list_ends_when_it_names_no_further_page(server, api, metadata) -> None:
    server.fail(lambda *_: (200, {"kind": "NodeList", "items": [{"a": 1}], "metadata": metadata}), times=9)
    assert list(api.items("/api/v1/nodes")) == [{"a": 1}]


def test_an_object_is_sent_and_answered(server, api) -> None:
    path = "/api/v1/namespaces/argocd/configmaps"
    sent = {"metadata": {"name": "x", "namespace": "argocd"}, "data": {"a": "1"}}
    assert api.send("POST", path, sent)["data"] == {"a": "1"}
    assert api.get(f"{path}/x")["data"] == {"a": "1"}
    (item,) = api.items(path, accept=METADATA)
    assert "data" not in item
