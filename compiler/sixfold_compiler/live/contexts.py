"""Logins of clusters: the contexts of a kubeconfig, or of every kubeconfig in a folder.

A context belongs to a cluster of the fleet if its name is `environment/dataCenter/cluster`, or if its server is the
cluster's. The official client handles credentials (certificates, tokens, exec plugins such as `aws eks get-token`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.live.api import Api

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from kubernetes.client import Configuration

    from sixfold_compiler.diagnostics import Json, JsonObject

__all__ = ["Login", "configuration", "find_login", "imported", "logins", "own_cluster"]

MAX_FILES = 1000  # kubeconfigs in one folder
MAX_BYTES = 4 << 20  # of one kubeconfig


@dataclass(frozen=True, slots=True)
class Login:
    """One context of a kubeconfig: `context` is its name (empty: the current one), `server` its API server's URL."""

    file: Path
    context: str
    server: str


def imported() -> ModuleType:
    """Import and return the kubernetes package. Raises `DiagnosticError` (SF840) if it is not installed."""
    try:
        import kubernetes.client
        import kubernetes.config
    except ImportError as error:
        raise DiagnosticError(
            Diagnostic(
                "SF840",
                "reading live clusters needs the Python package kubernetes, which is not installed",
                help='install it with Sixfold: pip install "sixfold[live]"',
            )
        ) from error
    return kubernetes


def logins(path: Path) -> tuple[Login, ...]:
    """Return all contexts of a kubeconfig, or of all kubeconfigs in a folder, sorted by file name.

    Raises `DiagnosticError` (SF841) with the problems of all files that cannot be read. The messages quote nothing from
    the files, because kubeconfigs contain credentials.
    """
    try:
        # A mounted Secret or ConfigMap shows its keys as links beside hidden folders.
        files = [file for file in path.iterdir() if file.is_file() and file.name[0] != "."] if path.is_dir() else [path]
    except OSError as error:
        raise DiagnosticError(_unusable(path, error.strerror or "error")) from error
    if len(files) > MAX_FILES:
        raise DiagnosticError(_unusable(path, f"the folder has {len(files)} files, but at most {MAX_FILES} are read"))
    contexts: list[Login] = []
    problems: list[Diagnostic] = []
    for file in sorted(files):
        try:
            contexts += _contexts(file)
        except DiagnosticError as error:
            problems += error.diagnostics
    if problems:
        raise DiagnosticError(problems)
    return tuple(contexts)


def find_login(known: Sequence[Login], key: str, server: str) -> Login | None:
    """Return the login for the cluster `key` (`environment/dataCenter/cluster`), found by name, else by server URL."""
    named = [login for login in known if login.context == key]
    served = [login for login in known if login.server.rstrip("/") == server.rstrip("/")]
    return next(iter([*named, *served]), None)


def configuration(login: Login) -> Configuration:
    """Return the Kubernetes client's configuration for a login. Raises `DiagnosticError` (SF840, SF841)."""
    kubernetes = imported()
    chosen: Configuration = kubernetes.client.Configuration()
    try:
        kubernetes.config.load_kube_config(
            config_file=str(login.file),
            context=login.context or None,
            client_configuration=chosen,
            persist_config=False,
        )
    except Exception as error:  # the client raises whatever its parsers do; its texts may quote the file
        raise DiagnosticError(
            _unusable(login.file, f"its context {login.context or '(current)'} is not valid ({type(error).__name__})")
        ) from error
    return chosen


def own_cluster(kubeconfig: Path | None) -> Api:
    """Return a client for the current cluster: by the pod's service account, or by a kubeconfig's current context.

    Raises `DiagnosticError`: SF840 if the client is not installed, SF841 if the login cannot be used.
    """
    if kubeconfig is not None:
        return Api(configuration(Login(kubeconfig, "", "")))
    kubernetes = imported()
    chosen = kubernetes.client.Configuration()
    try:
        kubernetes.config.load_incluster_config(client_configuration=chosen)
    except (kubernetes.config.ConfigException, OSError) as error:
        raise DiagnosticError(
            Diagnostic(
                "SF841",
                "the generator has no service account to log in to its cluster with",
                help="run it in a pod with a service-account token, or name a kubeconfig in SIXFOLD_KUBECONFIG",
            )
        ) from error
    return Api(chosen)


def _contexts(file: Path) -> list[Login]:
    import yaml

    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise DiagnosticError(_unusable(file, f"it is longer than {MAX_BYTES >> 20} MiB"))
        document = yaml.safe_load(data)
    except OSError as error:
        raise DiagnosticError(_unusable(file, error.strerror or "error")) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DiagnosticError(_unusable(file, "it is not YAML")) from error
    if not isinstance(document, dict):
        raise DiagnosticError(_unusable(file, "it is not a kubeconfig"))
    servers = {
        name: str(cluster.get("server", "")) for name, cluster in _named(document, "clusters", "cluster").items()
    }
    return [
        Login(file, name, servers.get(str(context.get("cluster", "")), ""))
        for name, context in _named(document, "contexts", "context").items()
    ]


def _named(document: JsonObject, section: str, field: str) -> dict[str, dict[str, Json]]:
    """Return the entries of a kubeconfig's list `section` by name, each reduced to its mapping `field`."""
    entries = document.get(section)
    return {
        str(entry.get("name", "")): value
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(value := entry.get(field), dict)
    }


def _unusable(path: Path, why: str) -> Diagnostic:
    return Diagnostic(
        "SF841",
        f"the kubeconfig {path.name} cannot be used: {why.lower() if why[:2].istitle() else why}",
        help="name a file or folder with a context for each cluster, named environment/dataCenter/cluster",
    )
