"""Compile the examples, start the generator on the tree, ask it as Argo CD does, and print the answers.

`python3 dev.py run` runs this. It uses only the loopback interface, and writes only below `out/`.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REPO = Path("out") / "deploy"
TREE = REPO / "overlays"  # where the example fleet says that the tree is in its deploy repo
SIXFOLD = Path(sys.executable).parent / "sixfold"
PATH = "/api/v1/getparams.execute"
WIDE = 100  # columns below which each cluster has its own line, and revisions are shorter
PATIENCE = 60  # seconds for the first adoption


def main() -> int:
    """Run the steps and return the exit status of the first that fails. `--svg FILE` also draws the output."""
    picture = sys.argv[2] if sys.argv[1:2] == ["--svg"] else ""
    shutil.rmtree(ROOT / REPO, ignore_errors=True)  # of another checkout, perhaps, whose tree this one would guard
    console = Console(width=None if sys.stdout.isatty() else 112, record=bool(picture))
    compiling: list[str | Path] = [SIXFOLD, "compile", "examples", "--fleet", "environments", "--out", TREE]
    console.print(f"[bold]$ {' '.join(str(part) for part in ['sixfold', *compiling[1:]])}[/]")
    done = subprocess.run(compiling, cwd=ROOT, check=False, stderr=subprocess.PIPE if picture else None, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr or "")
        return done.returncode
    if picture:
        console.print(done.stderr.rstrip(), highlight=False)
    committed = commit(ROOT / REPO)
    inventory = json.loads((ROOT / TREE / "inventory.json").read_text())
    token = secrets.token_urlsafe(32)
    with generator(token) as (port, admin_port):
        ready(admin_port)
        answers = {team: ask(port, token, team) for team in sorted(inventory["teams"])}
    show(console, answers, committed=committed)
    if picture:
        console.save_svg(picture, title="python3 dev.py run")
    return 0


def commit(repo: Path) -> bool:
    """Commit the tree in a new deploy repository, as its CI does; return False if git is not installed."""
    git = shutil.which("git")
    if git is None:
        return False
    who = ["-c", "user.name=Sixfold demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false"]
    if not (repo / ".git").exists():
        subprocess.run([git, "init", "-q", "-b", "main", str(repo)], check=True)
    subprocess.run([git, "-C", str(repo), "add", "-A"], check=True)
    if subprocess.run([git, "-C", str(repo), "diff", "--cached", "--quiet"], check=False).returncode:
        subprocess.run([git, "-C", str(repo), *who, "commit", "-qm", "Overlays"], check=True)
    return True


@contextmanager
def generator(token: str) -> Iterator[tuple[int, int]]:
    """Start the generator as a process with its own token file, and yield its two ports."""
    port, admin_port = free_ports()
    with tempfile.TemporaryDirectory() as folder:
        token_file = Path(folder) / "token"
        token_file.touch(mode=0o600)
        token_file.write_text(token)
        with (Path(folder) / "log").open("w+") as log:
            ports: list[str | Path] = ["--port", str(port), "--admin-port", str(admin_port)]
            files: list[str | Path] = ["--token-file", token_file, "--state", Path(folder) / "state"]
            process = subprocess.Popen([SIXFOLD, "serve", TREE, *ports, *files], cwd=ROOT, stdout=log, stderr=log)
            try:
                yield port, admin_port
            except BaseException:
                log.seek(0)
                sys.stderr.write(log.read()[-4000:])
                raise
            finally:
                process.terminate()
                process.wait(timeout=30)


def free_ports() -> tuple[int, int]:
    """Return two unused ports of the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as plugin_server, socket.create_server(("127.0.0.1", 0)) as second:
        return plugin_server.getsockname()[1], second.getsockname()[1]


def ready(admin_port: int) -> None:
    """Wait until the generator has adopted the tree. Raises TimeoutError with its reasons if it does not."""
    end = time.monotonic() + PATIENCE
    reason = "it does not answer"
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            reason = error.read().decode()
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"the generator is not ready after {PATIENCE} s: {reason}")


def ask(port: int, token: str, team: str) -> list[dict[str, str]]:
    """Return the answer for an ApplicationSet of this team: one parameter set for each of its namespaces."""
    question = {"applicationSetName": f"team-{team}", "input": {"parameters": {"unit": "namespace", "team": team}}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{PATH}",
        data=json.dumps(question).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        sets: list[dict[str, str]] = json.load(response)["output"]["parameters"]
    return sets


def show(console: Console, answers: dict[str, list[dict[str, str]]], *, committed: bool) -> None:
    """Print the answers as a table: the clusters of each team namespace, with weights and revisions."""
    table = Table(title="What the generator tells Argo CD", header_style="bold")
    narrow = console.width < WIDE
    for column in ("namespace", "environment", "DC", "clusters (weight)", "revision"):
        table.add_column(column, no_wrap=True)
    for sets in answers.values():
        rows: dict[tuple[str, str, str, str], list[str]] = {}
        for entry in sets:
            revision = entry["revision"][: 7 if narrow else 12]
            row = (entry["namespace"], entry["environment"], entry["dataCenter"], revision)
            rows.setdefault(row, []).append(f"{entry['cluster']} {entry['weight']}")
        for index, ((namespace, environment, data_center, revision), clusters) in enumerate(rows.items()):
            hosts = ("\n" if narrow else "   ").join(clusters)
            table.add_row("" if index else namespace, environment, data_center, hosts, revision)
        table.add_section()
    console.print(table)
    revision = (
        "the adopted commit of out/deploy" if committed else "a branch, because without git the tree is in no commit"
    )
    count = sum(map(len, answers.values()))
    console.print(f"{count} Applications of {len(answers)} teams, one for each namespace and cluster.")
    console.print(f"The revision is {revision}.")


if __name__ == "__main__":
    sys.exit(main())
