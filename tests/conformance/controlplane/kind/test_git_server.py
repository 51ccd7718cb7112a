"""The git server that a pod runs for git-sync, on loopback with the real git as its client."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.controlplane.certificates import Authority, openssl
from tests.conformance.controlplane.kind import git_server
from tests.support.generator import free_ports
from tests.support.trees import GitTree


@pytest.fixture
def served(tmp_path):
    """Start a server with a bare clone of a small repo, and yield (URL, the authority's certificate, the repo)."""
    if openssl() is None:
        pytest.skip("certificates are made by openssl: there is no openssl in PATH")
    tree = GitTree(tmp_path / "git")
    (tree.repo / "overlays").mkdir(exist_ok=True)
    for count in range(3):
        (tree.repo / "overlays" / "one.yaml").write_text(f"count: {count}\n")
        tree.publish()
    bare = tmp_path / "deploy.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", tree.repo, bare], check=True)
    authority = Authority(tmp_path / "authority")
    pair = authority.server("deploy-git.generator.svc.cluster.local")
    (tls := tmp_path / "tls").mkdir()
    shutil.copy(pair.certificate, tls / "tls.crt")
    shutil.copy(pair.key, tls / "tls.key")
    (port,) = free_ports(1)
    line = git_server.command(sys.executable, str(Path(git_server.__file__).parent), str(tls), f"127.0.0.1:{port}")
    environ = {"PATH": os.environ["PATH"], git_server.VARIABLE: str(bare)}
    with subprocess.Popen(line, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert any("Booting worker" in output for output in process.stderr)
            yield f"https://127.0.0.1:{port}{git_server.PATH}", authority.certificate, tree
        finally:
            process.terminate()
            process.stderr.read()


def git(*arguments):
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "SSL_"))}
    return subprocess.run(["git", *map(str, arguments)], env=environ, check=False, capture_output=True, text=True)


def test_git_fetches_one_commit_like_git_sync(served, tmp_path):
    """The branch is fetched with depth 1, and the authority is the only one, like with the chart's `git.ca`."""
    url, ca, tree = served
    clone = tmp_path / "clone"
    git("init", "--quiet", clone)
    fetch = ["-C", clone, "-c", f"http.sslCAInfo={ca}", "fetch", "--quiet", url, "main", "--no-tags", "--depth", "1"]
    done = git(*fetch)
    assert done.returncode == 0, done.stderr
    assert git("-C", clone, "rev-parse", "FETCH_HEAD").stdout.strip() == tree.git("rev-parse", "HEAD")
    assert git("-C", clone, "rev-list", "--count", "FETCH_HEAD").stdout.strip() == "1"


def test_nothing_is_fetched_without_the_authority(served):
    done = git("ls-remote", served[0])
    assert done.returncode != 0
    assert "certificate" in done.stderr
