"""The generator's settings: one frozen record, and one table that the environment, the docs and the tests walk."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SETTINGS", "Setting", "Settings"]


NONE = "none"
QUALIFIED = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9]{0,98}[a-z0-9])?")


def _path(text: str) -> Path:
    if not text:
        raise ValueError("a path is needed")
    return Path(text)


def _paths(text: str) -> tuple[Path, ...]:
    paths = tuple(Path(part) for part in text.split(":") if part)
    if not 1 <= len(paths) <= 2:  # the token in use, and the one before or after it
        raise ValueError("one or two paths with a colon between them are needed")
    return paths


def _text(text: str) -> str:
    if not text:
        raise ValueError("a value is needed")
    return text


def _optional(parse: Callable[[str], Any], otherwise: Any) -> Callable[[str], Any]:
    return lambda text: otherwise if text in {"", NONE} else parse(text)


def _qualified(text: str) -> str:
    if not QUALIFIED.fullmatch(text):
        raise ValueError("NAMESPACE/NAME is needed, or none")
    return text


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high} is needed")
        return int(text)

    return parse


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `default` is what the environment would say; None means that it must be given."""

    name: str
    default: str | None
    help: str
    parse: Callable[[str], Any]

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return "SIXFOLD_" + self.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the service runs with. See `SETTINGS` for what each means; times are whole seconds, sizes bytes."""

    token_files: tuple[Path, ...]
    tree: Path = Path("/git/link")
    state: Path = Path("/var/lib/sixfold")
    state_configmap: str = ""
    kubeconfig: Path | None = None
    live_kubeconfig: Path | None = None
    live_argocd: str = ""
    live_seconds: int = 60
    host: str = "0.0.0.0"  # noqa: S104 - a container's service listens on the pod's address
    port: int = 8080
    admin_port: int = 8081
    workers: int = 2
    poll_seconds: int = 5
    retry_seconds: int = 60
    stale_seconds: int = 300
    cache_bytes: int = 134_217_728
    max_requests: int = 10_000
    metrics: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / "sixfold-metrics")

    def __post_init__(self) -> None:
        if self.port == self.admin_port:
            raise DiagnosticError(
                Diagnostic(
                    "SF830",
                    f"port and admin_port are both {self.port}",
                    help="give SIXFOLD_ADMIN_PORT a port of its own: probes and metrics answer nowhere else",
                )
            )

    @property
    def live(self) -> bool:
        """Whether live clusters are read at all."""
        return bool(self.live_kubeconfig or self.live_argocd)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that `environ` gives. Raises `DiagnosticError` (SF830) with every wrong one at once."""
        values: dict[str, Any] = {}
        problems: list[Diagnostic] = []
        for setting in SETTINGS:
            text = environ.get(setting.variable, setting.default)
            try:
                if text is None:
                    raise ValueError("it has no default and must be given")  # noqa: TRY301 - reported with the others
                values[setting.name] = setting.parse(text)
            except ValueError as error:
                problems.append(Diagnostic("SF830", f"{setting.variable}: {error}", help=setting.help))
        if problems:
            raise DiagnosticError(problems)
        return cls(**values)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "token_files",
        None,
        "one or two files, with a colon between them, that each hold one bearer token; both tokens are accepted, "
        "and a changed file is read again without a restart",
        _paths,
    ),
    Setting(
        "tree",
        "/git/link",
        "folder of the overlay tree; a link to it (as git-sync makes) is resolved once for each adoption",
        _path,
    ),
    Setting(
        "state",
        "/var/lib/sixfold",
        "folder of the adopted state; it must outlive the pod, unless state_configmap is set",
        _path,
    ),
    Setting(
        "state_configmap",
        NONE,
        "NAMESPACE/NAME of the ConfigMaps that persist the adopted state; the folder then only follows them",
        _optional(_qualified, ""),
    ),
    Setting(
        "kubeconfig",
        NONE,
        "kubeconfig whose current context is the cluster that we run in; none is the pod's service account",
        _optional(_path, None),
    ),
    Setting(
        "live_kubeconfig",
        NONE,
        "kubeconfig, or folder of kubeconfigs, to read the capacity of the fleet's clusters with; contexts are named "
        "environment/dataCenter/cluster, or found by server",
        _optional(_path, None),
    ),
    Setting(
        "live_argocd",
        NONE,
        "NAMESPACE/INSTANCE: where the Argo CD runs that is called INSTANCE in the fleet, to see which of its clusters "
        "are registered",
        _optional(_qualified, ""),
    ),
    Setting("live_seconds", "60", "how often live clusters are read (spread by a fifth)", _between(5, 86400)),
    Setting("host", "0.0.0.0", "address that both ports listen on", _text),  # noqa: S104 - see the record
    Setting("port", "8080", "port of the plugin API", _between(1, 65535)),
    Setting(
        "admin_port", "8081", "port of /livez, /readyz, /metrics, /openapi.json and the status page", _between(1, 65535)
    ),
    Setting("workers", "2", "worker processes", _between(1, 64)),
    Setting("poll_seconds", "5", "how often the tree is looked at for a change", _between(1, 3600)),
    Setting(
        "retry_seconds", "60", "after how long a tree that was refused is tried again unchanged", _between(1, 86400)
    ),
    Setting(
        "stale_seconds",
        "300",
        "how long the tree may go without a successful look before /readyz says degraded",
        _between(1, 86400),
    ),
    Setting("cache_bytes", "134217728", "most bytes of finished answers that one worker keeps", _between(0, 1 << 40)),
    Setting(
        "max_requests",
        "10000",
        "requests after which a worker is replaced (spread by a tenth); 0 is never",
        _between(0, 1_000_000_000),
    ),
    Setting(
        "metrics",
        str(Path(tempfile.gettempdir()) / "sixfold-metrics"),
        "folder where the workers of one service add up their counters; emptied when the service starts",
        _path,
    ),
)
