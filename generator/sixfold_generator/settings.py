"""The generator's settings: one frozen model, which the environment, the docs and the tests read."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.signing.sshsig import PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

__all__ = ["SETTINGS", "Setting", "Settings"]

NONE = "none"  # a setting that is left out, in the environment
PREFIX = "SIXFOLD_"
DIGITS = re.compile(r"[0-9]+")
QUALIFIED = r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9]{0,98}[a-z0-9])?)?$"


class _Needed(NamedTuple):
    """The requirement that a finding states for an invalid value of a setting."""

    words: str


def _not_empty(value: str | Path) -> str | Path:
    if value == "":
        raise ValueError("empty")
    return value


def _none_is(missing: str | None) -> BeforeValidator:
    return BeforeValidator(lambda value: missing if value in {"", NONE} else value)


def _split(value: str | tuple[Path, ...]) -> list[str] | tuple[Path, ...]:
    return [part for part in value.split(":") if part] if isinstance(value, str) else value


def _public_keys(value: str | tuple[str, ...]) -> list[str] | tuple[str, ...]:
    """Return the lines of public keys in a text, which has commas or line ends between them."""
    if not isinstance(value, str) or value in {"", NONE}:
        return () if isinstance(value, str) else value
    lines = [PublicKey.parse(line).line for line in re.split(r"[,\n]", value) if line.strip()]
    if not lines:
        raise ValueError("no keys")
    return lines


def _digits_only(value: str | int) -> str | int:
    """Refuse text that `int` would take but that is no plain number, such as ` 80_80 `, `+5` or `٣`."""
    if isinstance(value, str) and not DIGITS.fullmatch(value):
        raise ValueError("not digits")
    return value


def _number(low: int, high: int) -> tuple[BeforeValidator, FieldInfo, _Needed]:
    """Return the annotations of a setting that is an integer from `low` to `high`."""
    bounds = Field(ge=low, le=high)
    return BeforeValidator(_digits_only), bounds, _Needed(f"must be a whole number from {low} to {high}")


Folder = Annotated[Path, BeforeValidator(_not_empty), _Needed("must be a path")]
MaybeFile = Annotated[Path | None, _none_is(None)]
# The token in use, and the one before or after it.
TokenFiles = Annotated[
    tuple[Path, ...],
    BeforeValidator(_split),
    Field(min_length=1, max_length=2),
    _Needed("must be one or two paths with a colon between them"),
]
# The key that signs, and the one before or after it.
TrustedKeys = Annotated[
    tuple[str, ...],
    BeforeValidator(_public_keys),
    Field(max_length=2),
    _Needed("must be one or two Ed25519 public keys (`ssh-ed25519 …`) with a comma between them, or none"),
]
MaybeText = Annotated[str, _none_is(""), _Needed("must be a text, or none")]
Text = Annotated[str, Field(min_length=1), _Needed("must not be empty")]
MaybeQualified = Annotated[str, _none_is(""), Field(pattern=QUALIFIED), _Needed("must be NAMESPACE/NAME, or none")]
Port = Annotated[int, *_number(1, 65535)]


class Settings(BaseModel):
    """The settings of the service. Times are in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_files: TokenFiles = Field(
        description="one or two files, with a colon between them, that each hold one bearer token; both tokens are "
        "accepted, and a changed file is read again without a restart"
    )
    tree: Folder = Field(
        Path("/git/link"),
        description="folder of the overlay tree; a link to it (as git-sync makes) is resolved once for each adoption",
    )
    state: Folder = Field(
        Path("/var/lib/sixfold"),
        description="folder of the adopted state; it must outlive the pod, unless state_configmap is set",
    )
    state_configmap: MaybeQualified = Field(
        "",
        description="NAMESPACE/NAME of the ConfigMaps that persist the adopted state; the folder then only follows "
        "them",
    )
    kubeconfig: MaybeFile = Field(
        None,
        description="kubeconfig whose current context is the cluster that we run in; none is the pod's service account",
    )
    live_kubeconfig: MaybeFile = Field(
        None,
        description="kubeconfig, or folder of kubeconfigs, to read the capacity of the fleet's clusters with; contexts "
        "are named environment/dataCenter/cluster, or found by server",
    )
    live_argocd: MaybeQualified = Field(
        "",
        description="NAMESPACE/INSTANCE: where the Argo CD runs that is called INSTANCE in the fleet, to see which of "
        "its clusters are registered",
    )
    live_seconds: Annotated[int, *_number(5, 86400)] = Field(
        60, description="how often live clusters are read (spread by a fifth)"
    )
    trusted_keys: TrustedKeys = Field(
        (),
        description="one or two public keys (lines of .pub files), with a comma between them; a tree that none of them "
        "signed is not adopted. Without keys, whoever may push may deploy",
    )
    trusted_fleet: MaybeText = Field("", description="name of the fleet whose signed trees are adopted")
    trusted_repository: MaybeText = Field(
        "", description="URL of the repository (repository.url of the fleet) whose signed trees are adopted"
    )
    host: Text = Field("0.0.0.0", description="address that both ports listen on")  # noqa: S104 - the pod's address
    port: Port = Field(8080, description="port of the plugin API")
    admin_port: Port = Field(8081, description="port of /livez, /readyz, /metrics, /openapi.json and the status page")
    workers: Annotated[int, *_number(1, 64)] = Field(2, description="worker processes")
    poll_seconds: Annotated[int, *_number(1, 3600)] = Field(5, description="how often the tree is checked for a change")
    retry_seconds: Annotated[int, *_number(1, 86400)] = Field(
        60, description="after how long a tree that was refused is tried again unchanged"
    )
    stale_seconds: Annotated[int, *_number(1, 86400)] = Field(
        300, description="how long the tree may go without a successful check before /readyz says degraded"
    )
    cache_bytes: Annotated[int, *_number(0, 1 << 40)] = Field(
        134_217_728, description="most bytes of finished answers that one worker keeps"
    )
    max_requests: Annotated[int, *_number(0, 1_000_000_000)] = Field(
        10_000, description="requests after which a worker is replaced (spread by a tenth); 0 is never"
    )
    metrics: Folder = Field(
        Path(tempfile.gettempdir()) / "sixfold-metrics",
        description="folder where the workers of one service add up their counters; emptied when the service starts",
    )

    @model_validator(mode="after")
    def _ports_differ(self) -> Settings:
        if self.port == self.admin_port:
            raise DiagnosticError(
                Diagnostic(
                    "SF830",
                    f"SIXFOLD_PORT and SIXFOLD_ADMIN_PORT are both {self.port}",
                    help="set SIXFOLD_ADMIN_PORT to a port of its own, for probes and metrics",
                )
            )
        return self

    @model_validator(mode="after")
    def _keys_sign_for_a_place(self) -> Settings:
        """Refuse keys without the fleet and the repository that they sign for, and these without keys."""
        names = ("trusted_keys", "trusted_fleet", "trusted_repository")
        missing = [PREFIX + name.upper() for name in names if not getattr(self, name)]
        if 0 < len(missing) < len(names):
            text = f"trusted keys sign for one fleet and one repository, and {' and '.join(missing)} is not set"
            hint = "set the keys, the fleet and the repository, or none of the three"
            raise DiagnosticError(Diagnostic("SF830", text, help=hint))
        return self

    @model_validator(mode="after")
    def _folders_are_apart(self) -> Settings:
        """Refuse folders of which one holds the other: the metrics are emptied at the start, the state is written."""
        others = [("state", self.state), ("tree", self.tree), *(("token_files", file) for file in self.token_files)]
        others += [("kubeconfig", self.kubeconfig)] if self.kubeconfig else []
        problems = []
        for name, folder in (("metrics", self.metrics), ("state", self.state)):
            inside = folder.resolve()
            for other, place in others:
                meets = place.resolve()
                if other != name and (inside.is_relative_to(meets) or meets.is_relative_to(inside)):
                    text = f"{PREFIX}{name.upper()} ({folder}) and {PREFIX}{other.upper()} ({place}) lie in each other"
                    problems.append(Diagnostic("SF830", text, help="give each a folder of its own"))
        if problems:
            raise DiagnosticError(problems)
        return self

    @property
    def live(self) -> bool:
        """True where the service reads live clusters."""
        return bool(self.live_kubeconfig or self.live_argocd)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables. Raises `DiagnosticError` (SF830) with every wrong one."""
        given = {setting.name: environ[setting.variable] for setting in SETTINGS if setting.variable in environ}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = {problem["loc"][0] for problem in error.errors()}
            raise DiagnosticError(
                _problem(setting, given=setting.name in given) for setting in SETTINGS if setting.name in wrong
            ) from None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting for people: its environment variable, default and help. Without a default it must be given."""

    name: str
    default: str | None
    help: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()


def _setting(name: str, field: FieldInfo) -> Setting:
    default = NONE if field.default in {None, "", ()} else str(field.default)
    return Setting(name, None if field.is_required() else default, field.description or "")


SETTINGS: tuple[Setting, ...] = tuple(_setting(name, field) for name, field in Settings.model_fields.items())


def _problem(setting: Setting, *, given: bool) -> Diagnostic:
    words = "is not set, and has no default"
    if given:
        (words,) = (rule.words for rule in Settings.model_fields[setting.name].metadata if isinstance(rule, _Needed))
    return Diagnostic("SF830", f"{setting.variable} {words}", help=f"set it: {setting.help}")
