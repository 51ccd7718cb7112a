"""Logins of clusters: which contexts a kubeconfig or a folder of them has, and what is wrong with the others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.live.contexts import Login, configuration, find_login, logins
from tests.support.apiserver import TOKEN

KEY = "prod/dc1/dc1-a"


def kubeconfig(**parts: object) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "main",
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example"}}],
        "contexts": [{"name": "main", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": TOKEN}}],
        **parts,
    }


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(DiagnosticError) as failed:
        logins(path)
    assert {d.code for d in failed.value.diagnostics} == {"SF841"}
    return [d.message for d in failed.value.diagnostics]


@pytest.mark.parametrize(
    ("contexts", "clusters", "servers"),
    [
        ([{"name": "a", "context": {"cluster": "c"}}], None, {"a": "https://c.example"}),
        ([{"name": "a", "context": {"cluster": "d"}}], None, {"a": ""}),
        ([{"name": "a", "context": {}}], None, {"a": ""}),
        ([{"name": "a", "context": {"cluster": "c"}}], [{"name": "c", "cluster": {}}], {"a": ""}),
        ([{"name": "a", "context": {"cluster": "c"}}], {"c": 1}, {"a": ""}),
        ([{"context": {"cluster": "c"}}], None, {"": "https://c.example"}),
        ([{"name": "a", "context": 5}, "b", {"name": "c"}], None, {}),
        (None, None, {}),
        ({"a": {}}, None, {}),
    ],
)
def test_each_context_has_the_server_of_its_cluster(tmp_path, contexts, clusters, servers) -> None:
    document = kubeconfig(contexts=contexts, **({} if clusters is None else {"clusters": clusters}))
    path = write(tmp_path / "config", document)
    assert logins(path) == tuple(Login(path, name, server) for name, server in servers.items())


def test_a_folder_has_the_contexts_of_its_files_in_order(tmp_path) -> None:
    for name in ("b", "a"):
        write(tmp_path / name, kubeconfig(contexts=[{"name": name, "context": {"cluster": "c"}}]))
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").write_text("[")
    assert [login.context for login in logins(tmp_path)] == ["a", "b"]


def test_every_file_that_cannot_be_used_is_reported(tmp_path) -> None:
    write(tmp_path / "a", kubeconfig())
    (tmp_path / "b").write_text("[")
    (tmp_path / "c").write_text("5")
    (tmp_path / "d").write_bytes(b"\xff")
    (tmp_path / "e").write_text("[" * 5000)
    assert problems(tmp_path) == [
        "the kubeconfig b cannot be used: it is not YAML",
        "the kubeconfig c cannot be used: it is not a kubeconfig",
        "the kubeconfig d cannot be used: it is not YAML",
        "the kubeconfig e cannot be used: it is not YAML",
    ]
    assert problems(tmp_path / "none") == ["the kubeconfig none cannot be used: no such file or directory"]


def test_folders_and_files_are_read_up_to_their_limits(tmp_path) -> None:
    folder = tmp_path / "configs"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number}").write_text("{}")
    assert logins(folder) == ()
    (folder / "last").write_text("{}")
    (message,) = problems(folder)
    assert message.endswith("the folder has 1001 files, but at most 1000 are read")
    path = write(tmp_path / "a", kubeconfig())
    path.write_text(path.read_text() + "\n#" + "x" * (4 * 2**20 - len(path.read_text()) - 2))
    assert len(logins(path)) == 1
    with path.open("a") as stream:
        stream.write("x")
    assert problems(path) == ["the kubeconfig a cannot be used: it is longer than 4 MiB"]


def test_a_folder_that_cannot_be_listed_is_reported(tmp_path, monkeypatch) -> None:
    def refuse(path):
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert problems(tmp_path) == [f"the kubeconfig {tmp_path.name} cannot be used: permission denied"]


def test_the_login_of_a_cluster_is_the_first_by_name_and_else_the_first_by_server(tmp_path) -> None:
    known = [Login(tmp_path / name, name, f"https://{name}/") for name in ("a", "b", KEY, "a")]
    assert find_login(known, KEY, "https://b") == known[2]
    assert find_login(known, "x", "https://a//") == known[0]
    assert find_login(known, "x", "https://b") == known[1]
    assert find_login(known, "x", "https://x") is None


def test_a_login_has_the_configuration_of_its_context(tmp_path) -> None:
    clusters = [{"name": name, "cluster": {"server": f"https://{name}.example"}} for name in "cd"]
    contexts = [{"name": f"to-{name}", "context": {"cluster": name, "user": "u"}} for name in "cd"]
    path = write(
        tmp_path / "config", kubeconfig(**{"clusters": clusters, "contexts": contexts, "current-context": "to-d"})
    )
    before = path.read_bytes()
    for context, server in (("to-c", "https://c.example"), ("to-d", "https://d.example"), ("", "https://d.example")):
        chosen = configuration(Login(path, context, ""))
        assert chosen.host == server
        assert list(chosen.api_key.values()) == [f"Bearer {TOKEN}"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(("context", "shown"), [("other", "other"), ("", "(current)")])
def test_a_context_that_is_not_valid_is_reported_without_the_file_s_content(tmp_path, context, shown) -> None:
    path = write(tmp_path / "config", kubeconfig(**{"current-context": "gone"}))
    with pytest.raises(DiagnosticError) as failed:
        configuration(Login(path, context, ""))
    (problem,) = failed.value.diagnostics
    assert (
        problem.message == f"the kubeconfig config cannot be used: its context {shown} is not valid (ConfigException)"
    )
    assert TOKEN not in str(problem)
