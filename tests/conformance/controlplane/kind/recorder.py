"""A `docker` without containers: it records its calls, and gives the answers that kind needs to continue.

All steps that need no node are real: kind reads its configuration, checks it, plans the node, and writes the
configuration for kubeadm with our patches. Then `kubeadm init` fails, or reports success if another API server takes
the place of the node's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INFO = {"CgroupVersion": "2", "CgroupDriver": "systemd", "MemoryLimit": True, "PidsLimit": True, "CPUShares": True}
LAST = "kubeadm init needs a node"
SUFFIX = "-control-plane"  # of the name of a cluster's only node


@dataclass(frozen=True)
class Call:
    """One call of docker."""

    line: list[str]
    text: str  # its standard input


class Recorder:
    """Runs of kind with this file as `docker`, and the recorded calls."""

    def __init__(self, folder: Path, kind: Path, version: str) -> None:
        self.folder = folder
        self.kind = kind
        (folder / "bin").mkdir(parents=True)
        docker = folder / "bin" / "docker"
        docker.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{__file__}" "{folder}" {version} "$@"\n')
        docker.chmod(0o755)

    def use_api_server(self, kubeconfig: Path, port: int) -> None:
        """Use an API server of this machine as that of the node, whose commands succeed from now on."""
        (self.folder / "admin.conf").write_text(kubeconfig.read_text())
        (self.folder / "port").write_text(str(port))

    def add_nodes(self, *nodes: str) -> None:
        """Add existing nodes."""
        (self.folder / "nodes").write_text("\n".join(nodes))

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.folder)}

    def run(self, *arguments: object) -> subprocess.CompletedProcess:
        line = [self.kind, *map(str, arguments)]
        return subprocess.run(line, env=self.environ, check=False, capture_output=True, text=True, timeout=120)

    @property
    def calls(self) -> list[Call]:
        record = self.folder / "record.jsonl"
        lines = record.read_text().splitlines() if record.exists() else []
        return [Call(**json.loads(line)) for line in lines]

    @property
    def node(self) -> list[str]:
        """Return the command line of the only `docker run`."""
        (line,) = (call.line for call in self.calls if call.line[0] == "run")
        return line

    @property
    def kubeadm(self) -> str:
        """Return the configuration for kubeadm that was written into the node."""
        (text,) = (call.text for call in self.calls if call.line[-1] == "/kind/kubeadm.conf" and call.text)
        return text


def answer(folder: Path, line: list[str], nodes: list[str], version: str) -> str | None:
    """Return docker's output, or None if the command fails."""
    has_api_server = (folder / "port").exists()
    match line:
        case ["-v"]:
            return "Docker version 29.0.0, build recorder"
        case ["info", _, "{{json .}}"]:
            return json.dumps(INFO)
        case ["ps", *_, text]:
            wanted = line[line.index("--filter") + 1].rpartition("label=io.x-k8s.kind.cluster")[2].removeprefix("=")
            matching = [node for node in nodes if node.startswith(wanted)]
            return "\n".join(matching if text == "{{.Names}}" else [node.removesuffix(SUFFIX) for node in matching])
        case ["network", "ls", *_]:
            return "0123456789ab"
        case ["logs", *_]:
            return "Reached target \033[0;1;39mMulti-User System\033[0m."
        case ["inspect", "--format", text, _] if "kind.role" in text:
            return "control-plane"
        case ["inspect", "-f", text, _] if "IPAddress" in text:
            return "172.18.0.2,"
        case ["exec", *_, "cat", "/kind/version"]:
            return version
        case ["inspect", "--format", text, _] if "NetworkSettings.Ports" in text:
            return f"127.0.0.1\t{(folder / 'port').read_text()}"
        case ["exec", *_, "cat", "/etc/kubernetes/admin.conf"] if has_api_server:
            return (folder / "admin.conf").read_text()
        case ["exec", *_] if "kubeadm" in line and not has_api_server:
            return None
    return ""


def main(folder: Path, version: str, line: list[str]) -> int:
    text = sys.stdin.read() if "-i" in line else ""
    kept = folder / "nodes"
    nodes = kept.read_text().split() if kept.exists() else []
    if line[0] == "run":
        nodes.append(line[line.index("--name") + 1])
    if line[0] == "rm":
        nodes = [node for node in nodes if node not in line]
    kept.write_text("\n".join(nodes))
    with (folder / "record.jsonl").open("a") as record:
        record.write(json.dumps({"line": line, "text": text}) + "\n")
    reply = answer(folder, line, nodes, version)
    print(LAST if reply is None else reply, end="\n" if reply != "" else "")
    return int(reply is None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
