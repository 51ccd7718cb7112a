"""F15: thousands of clients that send a byte a second, and clients that never end a request, beside Argo CD."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import selectors
import socket
import time

from sixfold_generator.server.connection import MOST
from tests.faults.client import Wire, accepted
from tests.faults.load import asks
from tests.faults.tally import Tally
from tests.support.generator import PATH, Generator

HEAD = b"GET /" + b"a" * 1000 + b" HTTP/1.1\r\nX-Drip: "
CHUNKED = f"POST {PATH} HTTP/1.1\r\nHost: generator\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
CHUNKS = b"1\r\na\r\n" * 10_000
TOO_MANY = 'sixfold_generator_connections_dropped_total{reason="too-many"}'
REOPENED = 50  # connections that are opened again in a second, at most


def drip(port: int, count: int, sources: list[str], open_: multiprocessing.Value, stop: multiprocessing.Event) -> None:
    """Keep `count` connections open that each send a byte of a head in a second, and open others for those that end."""
    clients: list[socket.socket | None] = [None] * count
    sent = [0] * count
    number = 0
    while not stop.is_set():
        began, most = time.monotonic(), number + REOPENED if number else count
        for index, client in enumerate(clients):
            if client is None and number >= most:
                continue
            if client is None:
                client = clients[index] = connected(port, sources[number % len(sources)])  # noqa: PLW2901 - it replaces the closed one
                sent[index] = 0
                number += 1
            try:
                client.send(HEAD[sent[index] : sent[index] + 1])
                sent[index] += 1
            except BlockingIOError:
                continue
            except OSError:
                client.close()
                clients[index] = None
        open_.value = sum(client is not None for client in clients)
        stop.wait(max(0.0, 1.0 - (time.monotonic() - began)))


def connected(port: int, source: str) -> socket.socket:
    """Return a connection from an address of this machine that does not wait for the server."""
    client = socket.socket()
    client.bind((source, 0))
    client.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        client.connect(("127.0.0.1", port))
    return client


def flood(port: int, count: int, stop: multiprocessing.Event) -> None:
    """Keep `count` connections open that send a body without an end in chunks of a byte, as fast as they are taken."""
    with selectors.DefaultSelector() as ready:

        def begin() -> None:
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(CHUNKED)
            client.settimeout(0)
            ready.register(client, selectors.EVENT_WRITE)

        for _ in range(count):
            begin()
        while not stop.is_set():
            for key, _ in ready.select(0.2):
                try:
                    key.fileobj.send(CHUNKS)
                except BlockingIOError:
                    continue
                except OSError:
                    ready.unregister(key.fileobj)
                    key.fileobj.close()
                    stop.wait(2 / REOPENED)
                    begin()


def slow_clients(tree, folder, count: int, addresses: int, questions: int) -> Tally:
    """Ask the probes and the plugin API while strangers hold `count` connections from some addresses."""
    who = "Argo CD's own address" if addresses == 1 else f"{addresses} addresses"
    tally = Tally("F15", f"{count} clients without a token from {who} send a byte a second, two more an endless body")
    sources = [f"127.0.0.{2 + number}" for number in range(addresses)] if addresses > 1 else ["127.0.0.1"]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count + 100:
        tally.skipped = f"a process may open {most} files here"
        return tally
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Generator(tree, folder / "run") as generator:
        requests, sets = asks(generator.ready())
        workers = generator.worker_ids()
        with attack(generator.port, count, sources) as open_:
            generator.until(lambda: open_.value >= count * 9 // 10, "the slow clients")
            generator.until(lambda: generator.metric(TOO_MANY) >= count - 2 * MOST, "all of them to be accepted once")
            probe(tally, generator)
            latencies = ask(tally, generator, requests, sets, questions)
        tally.check(generator.worker_ids() == workers, "a worker was replaced")
        tally.check(generator.metric("sixfold_generator_worker_deaths_total") == 0, "a worker was aborted")
        tally.check("Traceback" not in generator.errors.read_text(), "a dropped connection left a traceback in the log")
        dropped = generator.metric(TOO_MANY)
        refused = generator.metric("sixfold_generator_authentication_failures_total")
        tally.check(refused >= 2, f"{refused:g} requests without a token are counted")
        tally.notes += [
            f"p50 {1000 * latencies[len(latencies) // 2]:.1f} ms, p99 {1000 * latencies[len(latencies) * 99 // 100]:.1f} ms",
            f"{dropped:g} connections dropped",
        ]
    return tally


@contextlib.contextmanager
def attack(port: int, count: int, sources: list[str]):
    """Run the slow clients in processes of their own; yield the number of those that are connected."""
    context = multiprocessing.get_context("spawn")
    stop, open_ = context.Event(), context.Value("i", 0)
    processes = [
        context.Process(target=drip, args=(port, count, sources, open_, stop), daemon=True),
        context.Process(target=flood, args=(port, 2, stop), daemon=True),
    ]
    for process in processes:
        process.start()
    try:
        yield open_
    finally:
        stop.set()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()


def probe(tally: Tally, generator) -> None:
    """Ask the admin port as the kubelet does: 20 times, each within its timeout of 5 s."""
    for path in ("/livez", "/readyz") * 10:
        began = time.monotonic()
        status = generator.admin(path).status
        seconds = time.monotonic() - began
        tally("probes")
        tally.check(status == 200 and seconds < 5, f"{path}: {status} after {seconds:.1f} s")


def ask(tally: Tally, generator, requests, sets, count: int) -> list[float]:
    """Ask the plugin API, half of the time on a kept connection and half on new ones; return sorted seconds."""
    latencies = []
    with contextlib.closing(Wire(generator.port)) as kept:
        for number in range(count):
            turn = number % len(requests)
            began = time.monotonic()
            with contextlib.ExitStack() as stack:
                wire = kept if number % 2 else stack.enter_context(contextlib.closing(Wire(generator.port)))
                try:
                    complete = accepted(wire.ask(requests[turn])) == sets[turn]
                except OSError as error:
                    tally.wrong.append(f"answer {number}: {error!r}")
                    continue
            latencies.append(time.monotonic() - began)
            tally("complete answers")
            tally.check(complete, "an incomplete answer")
    return sorted(latencies)
