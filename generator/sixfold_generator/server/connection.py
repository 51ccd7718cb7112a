"""A client's connection with limits, so that slow clients and endless requests keep nobody else waiting."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, Protocol

import gevent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Connection", "Connections"]

SECONDS = 15.0  # for a request line and headers; again for a body; again for an answer
LINGER = 2.0  # seconds for a client to read the reply to a refused request
LINGER_BYTES = 64 << 10  # that it may still send meanwhile
TURN = 0.01  # seconds after which the next client has its turn
HEAD_BYTES = 256 << 10  # of a request line and headers, and of an unread body before them
MOST = 400  # connections of one worker and port; above that, the one that has waited longest is dropped


class Request(Protocol):
    """The part of gunicorn's request that a connection uses."""

    def force_close(self) -> None:
        """Close the connection after the reply, and say so in its headers."""


class Connections:
    """The open connections of one worker to one port: those with an accepted token apart from all others.

    Above `MOST`, the connection without an accepted token that has waited longest for its client is dropped: a client
    with something to ask sends all of it at once, and is never the one that has waited longest.
    """

    def __init__(self, dropped: Callable[[str], None]) -> None:
        self.dropped = dropped  # called with the reason
        self.shared = 0.0  # when the worker last turned to others
        self._strangers: dict[Connection, None] = {}  # in the order of their last answer
        self._trusted: dict[Connection, None] = {}

    def add(self, connection: Connection) -> None:
        """Add a connection, or one that was answered as the last of its group; drop one if there are too many."""
        self.remove(connection)
        (self._trusted if connection.trusted else self._strangers)[connection] = None
        if len(self._strangers) + len(self._trusted) > MOST:
            oldest = next((each for each in self._strangers if each.waiting), None)
            if oldest is not None:
                self.remove(oldest)
                self.dropped("too-many")
                oldest.drop()

    def remove(self, connection: Connection) -> None:
        """Forget a connection."""
        self._strangers.pop(connection, None)
        self._trusted.pop(connection, None)


class Connection:
    """A client's socket, as far as gunicorn uses it, with a deadline for each part of an exchange.

    gunicorn limits the wait for the next request (`keepalive`). From the first byte of a request on there are `SECONDS`
    for its head, in however many pieces it arrives, then as many for its body.
    """

    def __init__(self, sock: socket.socket, connections: Connections) -> None:
        self._sock = sock
        self._connections = connections
        self.waiting = False  # for the client
        self.trusted = False  # a token was accepted
        self._request: Request | None = None  # whose head has arrived, and which has no complete reply
        self._end: float | None = None  # of the time for what is being received
        self._left = 0  # bytes of the head that may still come
        self._closing = False
        self._dropped = False
        connections.add(self)

    def recv(self, size: int) -> bytes:
        """Receive bytes; none at the end, when the connection is dropped, or when a head is too slow or too long.

        Raises:
            TimeoutError: the body of a request is too slow.
        """
        now = time.monotonic()
        if now - self._connections.shared > TURN:  # a client that always has something to read
            gevent.sleep(0)
            self._connections.shared = now = time.monotonic()
        if self._end is not None and (now >= self._end or (self._request is None and self._left <= 0)):
            return self._late()
        self._sock.settimeout(None if self._end is None else self._end - now)
        self.waiting = True
        try:
            data = self._sock.recv(size)
        except TimeoutError:
            return self._late()
        except OSError:
            if not self._dropped:
                raise
            return b""  # gevent wakes whoever waits for a connection that is dropped with an error
        finally:
            self.waiting = False
        if self._end is None:
            self._end, self._left = time.monotonic() + SECONDS, HEAD_BYTES
        self._left -= len(data)
        return data

    def _late(self) -> bytes:
        if self._request is not None:
            raise TimeoutError
        self._connections.dropped("slow")
        return b""

    def begin(self, request: Request) -> None:
        """Note that the head of a request has arrived."""
        self._request = request
        self._end = time.monotonic() + SECONDS

    def reply(self, *, refused: bool, accepted: bool) -> None:
        """Note what the reply is, before its headers are sent. A refused request is the last of its connection.

        What is left of its body would have to be read first, and nothing says when it ends.
        """
        self.trusted = self.trusted or accepted
        self._closing = refused
        if refused and self._request is not None:
            self._request.force_close()

    def end(self) -> None:
        """Note that the reply is sent."""
        self._request = self._end = None
        self._connections.add(self)

    def sendall(self, data: bytes) -> None:
        """Send all of some bytes. Raises `TimeoutError` when the client does not take them in time."""
        self._sock.settimeout(SECONDS)
        self._sock.sendall(data)

    def send(self, data: bytes) -> int:
        """Send some of the bytes and return their number. Raises `TimeoutError` as `sendall` does."""
        self._sock.settimeout(SECONDS)
        return self._sock.send(data)

    def close(self) -> None:
        """Close the connection; after a refusal let the client read it, which closing at once might prevent."""
        try:
            if self._closing:
                self._linger()
            self._sock.close()
        finally:
            self._connections.remove(self)

    def _linger(self) -> None:
        """Say that nothing follows, and wait for the client's end: to close with unread bytes resets a connection."""
        end, left = time.monotonic() + LINGER, LINGER_BYTES
        self.waiting = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            while left > 0 and (seconds := end - time.monotonic()) > 0:
                self._sock.settimeout(seconds)
                data = self._sock.recv(4096)
                if not data:
                    break
                left -= len(data)
                gevent.sleep(0)

    def drop(self) -> None:
        """End both directions: whoever waits for the client sees the end, and closes."""
        self._dropped = True
        with contextlib.suppress(OSError):  # it may be closed already
            self._sock.shutdown(socket.SHUT_RDWR)

    def setblocking(self, flag: int) -> None:
        """Wait for the client in every call, as long as the deadline allows."""
