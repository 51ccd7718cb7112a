"""Argo CD's contract with a plugin generator, case by case, against a running gunicorn over a socket.

The names start with the items of the contract's list: R requests, A authentication, O output, F failures, T time.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from http import HTTPStatus

import pytest

from sixfold_generator.plugin.outcomes import REFUSED
from tests.profiles import VARIABLE, is_long
from tests.support.adopting import contents
from tests.support.generator import PATH, TOKEN, Generator
from tests.support.ports import free_ports
from tests.support.trees import GitTree, Spec

pytestmark = pytest.mark.conformance("gunicorn")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    spec = Spec()
    spec.cells = {"idle": ["prod/dc1"]}
    git = GitTree(tmp_path_factory.mktemp("git") / "git")
    git.commit(spec)
    return git


@pytest.fixture(scope="module")
def service(tree, tmp_path_factory):
    with Generator(tree.link, tmp_path_factory.mktemp("run") / "run") as generator:
        yield generator.ready()


def raw(service, data: bytes, *, seconds=3.0) -> bytes:
    """Send bytes, and return all bytes that the server sends until it closes or is silent for `seconds`."""
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=seconds) as connection:
        connection.sendall(data)
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            pass
    return received


def head(body: bytes = b"", *, path=PATH, method="POST", **headers) -> bytes:
    fields = {"Host": "x", "Authorization": f"Bearer {TOKEN}", "Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def is_an_error(reply, *statuses):
    """Check that a reply is a short JSON message that Argo CD cannot read as parameters."""
    assert reply.status in statuses
    assert set(reply.json) == {"message"}
    assert isinstance(reply.json["message"], str)
    assert reply.json["message"]
    assert len(reply.body) <= 1024
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Content-Length"] == str(len(reply.body))
    return True


def test_r1_the_documented_request_gets_json_and_never_an_empty_body(service):
    reply = service.post(b'{"applicationSetName":"fake-appset","input":{"parameters":{"param1":"value1"}}}')
    assert is_an_error(reply, 400)
    assert "param1" in reply.json["message"]


def test_r2_no_parameters_is_an_empty_input(service):
    reply = service.post(b'{"applicationSetName":"set","input":{}}\n')
    assert reply.status == 200
    assert len(reply.sets) == 20


def test_r3_two_calls_of_a_matrix_get_independent_replies(service):
    in_dc1, in_dc2 = (
        service.ask({"environment": "prod", "cluster": name}, name="fb-matrix") for name in ("dc1-a", "dc2-b")
    )
    assert {entry["cluster"] for entry in in_dc1.sets} == {"dc1-a"}
    assert {entry["cluster"] for entry in in_dc2.sets} == {"dc2-b"}
    first, second = (service.ask({"branch": branch}, name="fb-matrix") for branch in ("1", "2"))
    assert is_an_error(first, 400)
    assert is_an_error(second, 400)


def test_r4_a_list_a_boolean_and_a_map_do_not_cause_a_500(service):
    assert service.ask({"team": ["ads", "playback"]}).status == 200
    assert is_an_error(service.ask({"team": True, "environment": {"a": ["b"]}}), 400)


def test_r5_unescaped_html_characters_do_not_cause_a_500(service):
    reply = service.post(b'{"applicationSetName":"set","input":{"parameters":{"z":"<a&b>"}}}\n')
    assert is_an_error(reply, 400)
    reply = service.post(b'{"applicationSetName":"set","input":{"parameters":{"team":"<a&b>"}}}\n')
    assert is_an_error(reply, 400)
    assert "<a&b>" in reply.json["message"]


def test_a1_a_request_without_authorization_gets_401_and_no_parameters(service):
    body = b'{"applicationSetName":"set","input":{}}\n'
    stream = raw(service, head(body, Authorization=None))
    assert stream.startswith(b"HTTP/1.1 401 ")
    assert b"parameters" not in stream
    assert b"output" not in stream


def test_a2_a_wrong_token_gets_exactly_one_response_on_the_connection(service):
    body = b'{"applicationSetName":"set","input":{}}\n'
    stream = raw(service, head(body, Authorization="Bearer wrong", Connection="keep-alive"), seconds=1.0)
    assert stream.count(b"HTTP/1.1 ") == 1
    assert stream.startswith(b"HTTP/1.1 401 ")


def test_a2_an_unread_body_is_not_read_as_the_next_request(service):
    """The body of a rejected request looks like a valid request, and gets no answer (request smuggling)."""
    smuggled = head(b'{"applicationSetName":"set","input":{}}\n')
    stream = raw(service, head(smuggled, Authorization="Bearer wrong", Connection="keep-alive"), seconds=1.0)
    assert stream.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("body", [b"zz\r\nabc\r\n", b"3\r\nabcXX", b"zz\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a2_a_rejected_request_with_invalid_chunks_gets_one_response(service, body):
    """A second response would be sent to the next client of a proxy on this connection."""
    chunked = {"Content_Length": None, "Transfer_Encoding": "chunked", "Connection": "keep-alive"}
    for token, status in ((f"Bearer {TOKEN}", 400), ("Bearer wrong", 401)):
        stream = raw(service, head(**chunked, Authorization=token) + body + b"0\r\n\r\n")
        assert stream.startswith(b"HTTP/1.1 %d " % status)
        assert stream.count(b"HTTP/1.1 ") == 1


def test_a2_every_cause_of_a_401_gets_the_same_response(service):
    body = b'{"applicationSetName":"set","input":{}}\n'
    causes = [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        "Basic " + TOKEN,
        TOKEN,
        "Bearer $plugin.token",
        "Bearer " + TOKEN + "x",
    ]
    replies = {re.sub(rb"Date: [^\r]*", b"", raw(service, head(body, Authorization=cause))) for cause in causes}
    assert len(replies) == 1


def test_a3_a_literal_key_name_is_rejected_even_as_the_configured_token(tree, tmp_path):
    """Argo CD sends the literal `$key` if its Secret has no such key; a service with that token does not start."""
    with Generator(tree.link, tmp_path / "run", token="$plugin.token") as generator:
        assert generator.process.wait(60) != 0
        assert "$plugin.token" not in generator.errors.read_text() + generator.log.read_text()


def test_a3_a_literal_key_name_is_rejected(service):
    assert is_an_error(service.ask({}, token="$plugin.token"), 401)


def test_without_a_token_file_the_service_does_not_start(tree, tmp_path):
    with Generator(tree.link, tmp_path / "run", token=None) as generator:
        assert generator.process.wait(60) != 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a4_methods_other_than_post_are_405(service, method):
    reply = service.request(method, PATH)
    assert reply.status == 405
    assert reply.headers["Allow"] == "POST"
    if method != "HEAD":
        assert is_an_error(reply, 405)


@pytest.mark.parametrize("path", ["/", "/api/v1", PATH + "/", "/x" + PATH, "/livez", "/readyz", "/metrics"])
def test_other_paths_are_404_never_a_redirect(service, path):
    """A 301 turns Argo CD's POST into a GET without a body."""
    assert is_an_error(service.request("POST", path, b"{}"), 404)


def test_a_base_url_that_ends_with_a_slash_works(service):
    body = b'{"applicationSetName":"set","input":{}}\n'
    reply = service.request("POST", "/" + PATH, body, {"Authorization": f"Bearer {TOKEN}"})
    assert len(reply.sets) == 20


def test_o1_the_output_is_a_list_of_objects(service):
    document = service.ask({}).json
    assert set(document) == {"output"}
    assert set(document["output"]) == {"parameters"}
    assert all(isinstance(entry, dict) for entry in document["output"]["parameters"])


@pytest.mark.parametrize("unit", ["cluster", "namespace", "app"])
def test_o2_every_leaf_is_a_string(service, unit):
    """In templates, large numbers become 1e+06, empty containers disappear, and a missing key stays as {{key}}."""

    def leaves(value):
        if isinstance(value, dict):
            assert value
            for child in value.values():
                yield from leaves(child)
        else:
            yield value

    for entry in service.ask({"unit": unit}).sets:
        assert all(isinstance(leaf, str) and leaf for leaf in leaves(entry))


@pytest.mark.parametrize("gzip", [False, True])
def test_o3_every_answer_has_its_length_and_is_http_1_1(service, gzip):
    reply = service.post(b'{"applicationSetName":"set","input":{}}\n', gzip=gzip)
    assert reply.version == 11
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert "Transfer-Encoding" not in reply.headers
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers.get("Content-Encoding") == ("gzip" if gzip else None)


def test_o3_a_gzipped_reply_has_the_same_content(service):
    import gzip

    plain, packed = (service.post(b'{"applicationSetName":"set","input":{}}\n', gzip=flag) for flag in (False, True))
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)


@pytest.mark.parametrize("unit", ["cluster", "namespace", "app"])
def test_o4_names_are_rfc_1123_unique_and_at_most_63(service, unit):
    names = service.ask({"unit": unit}).names
    assert names == sorted(set(names))
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)


def test_o5_the_same_body_gets_a_byte_identical_reply(service):
    for parameters in ({}, {"team": "ads"}, {"unit": "app", "environment": ["staging", "prod"]}, {"team": "adz"}):
        replies = {service.ask(parameters, gzip=flag).body for flag in (False, False, False, False)}
        assert len(replies) == 1
        assert len({service.ask(parameters, gzip=True).body for _ in range(4)}) == 1


def test_f1_a_missing_source_without_an_adopted_tree_is_503_never_200(tmp_path):
    with Generator(tmp_path / "no-such-tree", tmp_path / "run") as generator:
        generator.until(lambda: generator.admin("/livez").status == 200)
        for _ in range(5):
            assert is_an_error(generator.ask({}), 503)
        assert generator.admin("/readyz").status == 503


def test_f1_a_source_that_is_lost_later_leaves_the_adopted_list(tree, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tree.link.readlink())
    with Generator(link, tmp_path / "run") as generator:
        before = generator.ready().ask({}).body
        link.unlink()
        generator.until(lambda: generator.admin("/readyz").json["status"] == "degraded", "degraded")
        assert generator.ask({}).body == before
        assert generator.admin("/readyz").status == 200


def test_f2_an_empty_list_is_an_error_unless_the_inventory_declares_it(service):
    assert is_an_error(service.ask({"team": "ads", "cluster": "dc2-a"}), 404)
    assert is_an_error(service.ask({"team": "nobody"}), 404)
    assert service.ask({"team": "idle"}).json == {"output": {"parameters": []}}


def test_f3_an_unapproved_shrink_leaves_the_adopted_list(tmp_path):
    git, spec = GitTree(tmp_path / "git"), Spec()
    git.commit(spec)
    with Generator(git.link, tmp_path / "run") as generator:
        before = generator.ready().ask({"team": "ads"}).body
        spec.remove_team("ads")
        spec.where["prod/dc1/dc1-a"]["fresh"] = ("fresh", {"one": "# one\n"})
        git.commit(spec)
        generator.adopted(2)
        for _ in range(6):
            assert generator.ask({"team": "ads"}).body == before
        assert generator.ask({"team": "fresh"}).names == ["prod-dc1-a-fresh"]
        generator.until(lambda: generator.admin("/readyz").json["status"] == "degraded", "each worker to know of it")


def test_f4_error_bodies_stay_within_1_kib(service):
    long = "x" * 60000
    for body in (
        json.dumps({"applicationSetName": "set", "input": {"parameters": {long: "x"}}}),
        json.dumps({"applicationSetName": "set", "input": {"parameters": {"team": long}}}),
        json.dumps({"applicationSetName": "set", "input": {"parameters": {"team": "é" * 9000}}}),
        json.dumps({"applicationSetName": "set", "input": {"parameters": {"team": [f"t{n}" for n in range(900)]}}}),
        "[" * 60000,
        "not json",
    ):
        assert is_an_error(service.post(body.encode()), 400, 404)


def test_a_body_over_the_limit_is_413_before_it_is_parsed(service):
    assert is_an_error(service.post(b" " * (64 * 1024 + 1)), 413)
    chunks = b"10000\r\n" + b" " * 0x10000 + b"\r\n" + b"10000\r\n" + b" " * 0x10000 + b"\r\n0\r\n\r\n"
    stream = raw(
        service, head(Content_Length=None, Transfer_Encoding="chunked", Connection="keep-alive") + chunks, seconds=1.0
    )
    assert stream.startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_is_read(service):
    body = b'{"applicationSetName":"set","input":{"parameters":{"team":"ads"}}}'
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    stream = raw(service, head(Content_Length=None, Transfer_Encoding="chunked") + chunked)
    assert stream.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST " + b"/" + b"x" * 4000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (head(X_Long="x" * 5000), 431),
        (head(**{f"X_{n}": "x" for n in range(40)}), 431),
        (b"not http at all\r\n\r\n", 400),
        (head(Content_Length="x"), 400),
        (head(Content_Length="5", Transfer_Encoding="chunked"), 400),
        (head(Expect="a miracle"), 417),
        (head(Content_Length=None, Transfer_Encoding="words"), 501),
    ],
    ids=["line", "field", "fields", "garbage", "length", "both lengths", "expectation", "coding"],
)
def test_errors_of_gunicorn_itself_are_short_json_too(service, data, status):
    stream = raw(service, data)
    top, _, body = stream.partition(b"\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/json" in top
    assert b"Cache-Control: no-store" in top
    assert status in REFUSED
    assert json.loads(body) == {"message": HTTPStatus(status).phrase.lower()}
    assert len(body) <= 1024


def test_t1_a_kept_connection_is_used_again_after_a_pause(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    held = idle_then_ask(connection, 1.5)
    connection.close()
    assert held


@pytest.mark.slow
@pytest.mark.skipif(not is_long(), reason=f"holds a connection for 95 s; {VARIABLE}=long runs it")
def test_t1_an_idle_connection_is_held_over_90_seconds(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    held = idle_then_ask(connection, 95)
    connection.close()
    assert held


def idle_then_ask(connection, seconds):
    """Return whether a second request after an idle time is answered on the same socket."""
    body = b'{"applicationSetName":"set","input":{}}\n'
    headers = {"Authorization": f"Bearer {TOKEN}"}
    ports = []
    for pause in (seconds, 0):
        connection.request("POST", PATH, body, headers)
        response = connection.getresponse()
        assert response.status == 200
        response.read()
        assert connection.sock is not None, "the server announced that it closes"
        ports.append(connection.sock.getsockname()[1])
        time.sleep(pause)
    return ports[0] == ports[1]


def test_t2_n_calls_leave_the_state_unchanged(service):
    """Previews and webhooks call the same endpoint, so a request must have no side effect."""
    before = contents(service.state)
    for number in range(60):
        service.ask({"team": "ads"} if number % 2 else {"team": "wrong"})
        service.ask({"unit": "app"}, token=TOKEN if number % 3 else "wrong")
    assert contents(service.state) == before


def test_each_port_serves_only_its_own_paths(service):
    """The listener alone decides which paths are served, for any Host header."""
    assert service.request("POST", PATH, b"{}", admin=True).status == 404
    request = head(
        path="/metrics", method="GET", Host=f"127.0.0.1:{service.admin_port}", X_Forwarded_Port=str(service.admin_port)
    )
    assert raw(service, request).startswith(b"HTTP/1.1 404 ")


def test_a_busy_port_is_an_error_at_start(tree, tmp_path):
    (port,) = free_ports(1)
    taken = socket.create_server(("127.0.0.1", port))
    with taken, Generator(tree.link, tmp_path / "run", environ={"SIXFOLD_PORT": str(port)}) as generator:
        assert generator.process.wait(60) != 0
