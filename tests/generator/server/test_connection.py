"""A connection limits each part of an exchange, and the one that has waited longest is dropped for others."""

from __future__ import annotations

import socket
import time

import gevent.socket
import pytest

from sixfold_generator.server import connection as module
from sixfold_generator.server.connection import Connection, Connections


class Request:
    closed = False

    def force_close(self):
        self.closed = True


class Clock:
    """A clock that a test moves."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)


@pytest.fixture
def dropped():
    return []


@pytest.fixture
def connections(dropped):
    return Connections(dropped.append)


@pytest.fixture
def pair(connections):
    """A connection and its client."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        yield Connection(ours, connections), theirs


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_the_first_byte_of_a_request_may_take_as_long_as_gunicorn_allows(pair, clock, dropped):
    connection, client = pair
    clock.now += 3600
    client.sendall(b"G")
    assert connection.recv(10) == b"G"
    assert dropped == []


def test_a_head_in_pieces_ends_after_its_time(pair, clock, dropped):
    connection, client = pair
    for piece, seconds in ((b"G", 0.0), (b"E", 14.9)):
        clock.now = 100.0 + seconds
        client.sendall(piece)
        assert connection.recv(10) == piece
    clock.now = 115.0
    client.sendall(b"T")
    assert connection.recv(10) == b""
    assert dropped == ["slow"]


def test_a_silent_head_ends_after_its_time(pair, monkeypatch, dropped):
    monkeypatch.setattr(module, "SECONDS", 0.05)
    connection, client = pair
    client.sendall(b"GET")
    assert connection.recv(10) == b"GET"
    began = time.monotonic()
    assert connection.recv(10) == b""
    assert time.monotonic() - began >= 0.05
    assert dropped == ["slow"]


def test_a_head_has_a_largest_size(pair, monkeypatch, dropped):
    monkeypatch.setattr(module, "HEAD_BYTES", 4)
    connection, client = pair
    client.sendall(b"GET / HTTP")
    assert (connection.recv(3), connection.recv(1)) == (b"GET", b" ")
    assert connection.recv(3) == b""
    assert dropped == ["slow"]


def test_a_body_has_a_time_of_its_own_and_no_size(pair, monkeypatch, clock, dropped):
    monkeypatch.setattr(module, "HEAD_BYTES", 4)
    connection, client = pair
    client.sendall(b"head" + b"body" * 4)
    assert connection.recv(4) == b"head"
    clock.now = 114.0
    connection.begin(Request())
    clock.now = 128.9
    assert connection.recv(16) == b"body" * 4
    clock.now = 129.0
    with pytest.raises(TimeoutError):
        connection.recv(4)
    assert dropped == []  # the application replies to it, and counts it


def test_the_next_request_has_its_own_time(pair, clock):
    connection, client = pair
    client.sendall(b"first")
    connection.recv(5)
    connection.begin(Request())
    connection.end()
    clock.now += 60
    client.sendall(b"next")
    assert connection.recv(4) == b"next"


def test_a_client_that_does_not_read_its_answer_is_given_up(pair, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.05)
    connection, _client = pair
    with pytest.raises(TimeoutError):
        connection.sendall(b"x" * (16 << 20))


def test_a_refused_request_is_the_last_one_and_its_reply_can_be_read(pair):
    connection, client = pair
    request = Request()
    client.sendall(b"headbody")
    connection.recv(4)
    connection.begin(request)
    connection.reply(refused=True, accepted=False)
    assert request.closed
    connection.sendall(b"401")
    client.shutdown(socket.SHUT_WR)
    connection.close()
    assert client.recv(10) == b"401"
    assert client.recv(10) == b""  # and not ECONNRESET, although "body" was never read


@pytest.mark.parametrize(("name", "value", "sent"), [("LINGER", 0.05, b""), ("LINGER_BYTES", 10, b"x" * 4096)])
def test_a_client_that_keeps_sending_after_a_refusal_is_closed(pair, monkeypatch, name, value, sent):
    monkeypatch.setattr(module, name, value)
    connection, client = pair
    client.sendall(sent * 2)
    connection.reply(refused=True, accepted=False)
    began = time.monotonic()
    connection.close()
    assert time.monotonic() - began < 1
    with pytest.raises(BrokenPipeError):
        client.sendall(b"more")


def test_an_answered_request_leaves_the_connection_open(pair):
    connection, _client = pair
    request = Request()
    connection.begin(request)
    connection.reply(refused=False, accepted=True)
    assert not request.closed
    assert connection.trusted


@pytest.fixture
def crowd(connections, monkeypatch):
    """Four connections, of which three are one too many, each waiting for its client."""
    monkeypatch.setattr(module, "MOST", 2)
    pairs = [socket.socketpair() for _ in range(4)]
    for _, theirs in pairs:
        theirs.settimeout(0)

    def join(number, *, waiting=True, trusted=False):
        connection = Connection(pairs[number][0], connections)
        connection.waiting, connection.trusted = waiting, trusted
        if trusted:
            connection.end()
        return connection

    join.ended = lambda: [number for number, (_, theirs) in enumerate(pairs) if is_ended(theirs)]
    yield join
    for pair in pairs:
        for end in pair:
            end.close()


def is_ended(client):
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_the_connection_that_has_waited_longest_is_dropped(crowd, dropped):
    for number in range(4):
        crowd(number)
    assert crowd.ended() == [0, 1]
    assert dropped == ["too-many", "too-many"]


def test_a_connection_that_was_answered_is_the_last_in_turn(crowd):
    first = crowd(0)
    crowd(1)
    first.end()
    crowd(2)
    assert crowd.ended() == [1]


def test_connections_with_a_token_and_those_being_answered_stay(crowd, dropped):
    crowd(0, trusted=True)
    crowd(1, waiting=False)
    crowd(2)
    crowd(3)
    assert crowd.ended() == [2]
    assert dropped == ["too-many"]


def test_whoever_waits_for_a_dropped_connection_sees_its_end_and_no_error(connections):
    ours, client = gevent.socket.socketpair()
    with ours, client:
        connection = Connection(ours, connections)
        reader = gevent.spawn(connection.recv, 100)
        for _ in range(3):  # it first lets others have their turn
            gevent.sleep(0)
        assert connection.waiting
        connection.drop()
        assert reader.get(timeout=5) == b""


def test_an_error_of_a_connection_that_is_not_dropped_is_an_error(pair, monkeypatch):
    connection, _client = pair
    monkeypatch.setattr(connection, "_sock", Broken())
    with pytest.raises(ConnectionResetError):
        connection.recv(100)


class Broken:
    def settimeout(self, seconds):
        pass

    def recv(self, size):
        raise ConnectionResetError


def test_closed_connections_do_not_count(crowd):
    crowd(0).close()
    crowd(1)
    crowd(2)
    assert crowd.ended() == [0]
