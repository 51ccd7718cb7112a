"""`sixfold serve` in a process of its own."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import started
from tests.support.measuring import measured_as_greenlets
from tests.support.ports import free_ports

SIXFOLD = Path(sys.executable).parent / "sixfold"


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "inventory.json").write_text("{}")
    return tmp_path / "tree"


def test_a_port_in_use_is_refused_at_once_with_the_option_for_another(tree) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, (free,) = taken.getsockname()[1], free_ports(1)
        for option, other in (("--port", "--admin-port"), ("--admin-port", "--port")):
            done = started("serve", str(tree), option, str(port), other, str(free), cwd=tree)
            assert done.code == 2
            words = " ".join(done.err.split())
            assert f"cannot listen on port {port} (address already in use): choose another with {option}" in words
            assert "Serving" not in done.err


def test_a_folder_without_a_tree_is_refused_with_the_command_to_run(tmp_path) -> None:
    done = started("serve", ".", cwd=tmp_path)
    assert done.code == 2
    assert "run `sixfold compile` first" in " ".join(done.err.split())


def test_the_message_that_it_serves_comes_when_it_listens(tree) -> None:
    port, admin = free_ports(2)
    command = [SIXFOLD, "serve", str(tree), "--port", str(port), "--admin-port", str(admin)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, bufsize=0, env=measured_as_greenlets(os.environ) | {"NO_COLOR": "1"}
    )
    assert process.stderr is not None
    try:
        output = b""
        while b"Serving" not in output:
            assert select.select([process.stderr], [], [], 60)[0], output
            part = process.stderr.read(4096)
            assert part, output
            output += part
        socket.create_connection(("127.0.0.1", port), 5).close()
        socket.create_connection(("127.0.0.1", admin), 5).close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stderr.close()
