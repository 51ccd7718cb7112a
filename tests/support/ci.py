"""The jobs of scaffolded CI files, run by the real shell and git against repositories on disk.

A job gets what its forge gives it: variables, secrets, the values of expressions, a clone. Remote URLs of the forge lead to
the folder of bare repositories.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.cli import clean
from tests.support.git import GIT, commit_all, git

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

REMOTES = ("git@github.com:", "https://sixfold@gitlab.example.com/", "https://gitlab-ci-token@gitlab.example.com/")


class Loader(yaml.SafeLoader):
    """YAML with the tag of GitLab that takes lines of another job."""


Loader.add_constructor("!reference", lambda loader, node: Reference(loader.construct_sequence(node)))


class Reference(list):
    """The job and the field whose lines are taken."""


@dataclass
class Forge:
    """Bare repositories in a folder, reached by the URLs of GitHub and GitLab, and the commands that jobs find."""

    top: Path
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Create them in a new folder; a folder that has them, such as a copy, is used as it is."""
        if (self.top / "bin").is_dir():
            self.key = (self.top / "key").read_text()
            return
        (self.top / "bin").mkdir(parents=True)
        self.command("sixfold", f'exec "{sys.executable}" -P -m sixfold_compiler "$@"')
        file = self.top / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
        self.key = file.read_text()

    def command(self, name: str, script: str) -> None:
        path = self.top / "bin" / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def server(self, path: str) -> Path:
        """Create the bare repository at a path such as `platform/deploy`."""
        server = self.top / "git" / f"{path}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", server], check=True)
        git(server, "config", "receive.advertisePushOptions", "true")
        return server

    def environ(self, **variables: str) -> dict[str, str]:
        settings = {
            "GIT_CONFIG_COUNT": str(len(REMOTES)),
            **{f"GIT_CONFIG_KEY_{i}": f"url.{self.top}/git/.insteadOf" for i in range(len(REMOTES))},
            **{f"GIT_CONFIG_VALUE_{i}": url for i, url in enumerate(REMOTES)},
        }
        return clean({"PATH": f"{self.top}/bin:{os.environ['PATH']}", **GIT, **settings, **variables})

    def shell(self, script: str, folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-e", "-c", script]
        return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@dataclass
class Run:
    """The end of a job: its exit code, and everything that its steps printed."""

    code: int = 0
    text: str = ""


def github(
    forge: Forge, file: Path, job: str, workspace: Path, values: Mapping[str, str],
    only: Callable[[str], bool] = lambda _: True, **variables: str,
) -> Run:  # fmt: skip
    """Run the steps of a GitHub job. `values` are those of its expressions, such as `inputs.manifest`."""
    steps = yaml.safe_load(file.read_text())["jobs"][job]["steps"]
    variables = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "platform/deploy",
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_STEP_SUMMARY": str(forge.top / "summary"),
        "GITHUB_OUTPUT": str(forge.top / "output"),
        "RUNNER_TEMP": str(forge.top),
        **variables,
    }
    run, outcomes = Run(), {}
    for step in steps:
        if "run" not in step or step["run"].startswith("python3 -m pip ") or not only(step["run"]):
            continue
        if condition := step.get("if"):
            name, outcome = re.fullmatch(r"steps\.(\w+)\.outcome == '(\w+)'", condition).groups()
            if outcomes[name] != outcome:
                continue
        environ = {k: re.sub(r"\$\{\{ (.+?) \}\}", lambda m: values[m[1]], v) for k, v in step.get("env", {}).items()}
        folder = workspace / step.get("working-directory", ".")
        done = forge.shell(step["run"], folder, forge.environ(**variables, **environ))
        run.text += done.stdout + done.stderr
        outcomes[step.get("id")] = "failure" if done.returncode else "success"
        if done.returncode and not step.get("continue-on-error"):
            run.code = done.returncode
            break
    return run


def gitlab(
    forge: Forge, file: Path, job: str, folder: Path, inputs: Mapping[str, str] | None = None,
    only: Callable[[str], bool] = lambda _: True, **variables: str,
) -> Run:  # fmt: skip
    """Run the script of a GitLab job, after GitLab's check of its inputs."""
    text = file.read_text()
    head, _, body = text.rpartition("\n---\n")
    declared = yaml.safe_load(head)["spec"]["inputs"] if head else {}
    taken = {name: entry["default"] for name, entry in declared.items()} | dict(inputs or {})
    for name, value in taken.items():
        if not re.fullmatch(declared[name]["regex"], value):
            return Run(1, f"the input {name} has an invalid value")
    body = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda m: taken[m[1]], body)
    document: dict[str, Any] = yaml.load(body, Loader)
    merged = merged_job(document, job)
    lines = [line for line in (*merged.get("before_script", ()), *merged["script"])
             if not re.match(r"(\(cd \S+ && )?python3 -m pip ", line) and only(line)]  # fmt: skip
    variables = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_SHA": "abc",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_PROJECT_PATH": "platform/deploy",
        **merged.get("variables", {}),
        **variables,
    }
    done = forge.shell("\n".join(lines), folder, forge.environ(**variables))
    return Run(done.returncode, done.stdout + done.stderr)


def merged_job(document: dict[str, Any], job: str) -> dict[str, Any]:
    """Return a job of a GitLab file with what it extends and references."""
    own = document[job]
    merged = {**(merged_job(document, own["extends"]) if "extends" in own else {}), **own}
    if "before_script" in merged:
        merged["before_script"] = [
            line
            for entry in merged["before_script"]
            for line in (document[entry[0]][entry[1]] if isinstance(entry, Reference) else [entry])
        ]
    return merged


class Ci:
    """A git server with the branch `main`, and the jobs of a CI file, run in a new clone for each push.

    All of it is in the folder `top`, with the deploy repo in `top/deploy`. A copy of the folder is used as it is.
    """

    def __init__(self, top: Path, kind: str) -> None:
        self.kind, self.work, self.clone = kind, top / "deploy", top / "clone"
        self.forge = Forge(top / "forge")
        self.signing_key = ""
        self.server = self.forge.server("platform/deploy")
        if "origin" not in git(self.work, "remote"):
            git(self.work, "remote", "add", "origin", "../forge/git/platform/deploy.git")

    def push(self, message: str) -> bool:
        """Commit all files, push them to `main`, and return whether the job is green."""
        commit_all(self.work, message)
        git(self.work, "push", "--quiet", "origin", "HEAD:main")
        code = self.run("compile")
        git(self.work, "pull", "--quiet", "--ff-only", "origin", "main")
        return code == 0

    def review(self) -> bool:
        """Commit all files on a branch, push it, and return whether the verification of a pull request is green."""
        commit_all(self.work, "A pull request")
        git(self.work, "push", "--quiet", "--force", "origin", "HEAD:change")
        return self.run("preview", branch="change") == 0

    def run(self, job: str, branch: str = "main") -> int:
        shutil.rmtree(self.clone, ignore_errors=True)
        git(self.server.parent, "clone", "--quiet", "--branch", branch, str(self.server), str(self.clone))
        if self.kind == "github":
            file, secrets = self.work / ".github/workflows/sixfold.yaml", {"secrets.SIXFOLD_DEPLOY_KEY": self.forge.key}
            secrets["secrets.SIXFOLD_SIGNING_KEY"] = self.signing_key
            done = github(self.forge, file, job, self.clone, secrets, partial(concerns, job), GITHUB_SHA="abc")
        else:
            git(self.clone, "checkout", "--quiet", "--detach")  # as its runners do
            file = self.work / ".gitlab-ci.yml"
            variables = {"SIXFOLD_PUSH_TOKEN": "t", "SIXFOLD_SIGNING_KEY": self.signing_key}
            done = gitlab(self.forge, file, job, self.clone, only=partial(concerns, job), **variables)
        return done.code

    def at(self, branch: str) -> str:
        return git(self.server, "rev-parse", "--quiet", "--verify", branch)


def concerns(job: str, script: str) -> bool:
    """Return whether a step of a job concerns the tree."""
    return job == "compile" or script.startswith("git ") or "sixfold verify" in script
