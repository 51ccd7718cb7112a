"""The CI of new repos: what it installs, what its tokens may do, and how an app repo asks the deploy repo to publish."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml

from sixfold_compiler.cli.group import COMMANDS
from tests.conformance.actionlint import build as actionlint
from tests.support.ci import Forge, Loader, github, gitlab
from tests.support.cli import edit, sixfold
from tests.support.git import commit_all, git, new_repo
from tests.support.issuer import Issuer, serving

IMAGE = f"registry.example.com/sixfold@sha256:{'0' * 64}"
WORKFLOWS = (".github/workflows/sixfold.yaml", ".github/workflows/publish.yaml", ".gitlab-ci.yml")
LOCK = "click==8.5.1 \\\n    --hash=sha256:" + "1" * 64 + "\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return a small wheel with the name, the metadata and the lock of Sixfold's."""
    file = tmp_path_factory.mktemp("wheel") / "sixfold-0.1.0-py3-none-any.whl"
    return written(file, {})


def written(file, changes):
    info = "sixfold-0.1.0.dist-info"
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.4\nName: sixfold\nVersion: 0.1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
        "sixfold_compiler/_lock/requirements.txt": LOCK,
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in (files | changes).items():
            if text is not None:
                archive.writestr(name, text)
    return file


@pytest.fixture(scope="module")
def repos(wheel, tmp_path_factory):
    """Create a deploy repo and an app repo for each way to install Sixfold. Do not change them: copy them."""
    top = tmp_path_factory.mktemp("repos")
    sources = {"wheel": ("--wheel", wheel), "image": ("--image", IMAGE)}
    for name, source in sources.items():
        (top / f"deploy-{name}").mkdir()
        assert sixfold("init", "ci", f"deploy-{name}", *source, cwd=top).code == 0
        image = source if name == "image" else ()
        done = sixfold("init", "app", f"app-{name}", "--team", "playback", "--name", "match", *image, cwd=top)
        assert done.code == 0
    return top


def jobs_of(file):
    return yaml.safe_load(file.read_text())["jobs"].items()


def test_ci_files_are_yaml_and_run_commands_that_exist(repos) -> None:
    files = [path for repo in repos.iterdir() for name in WORKFLOWS if (path := repo / name).exists()]
    assert len(files) == 10
    for path in files:
        assert all(yaml.load_all(path.read_text(), Loader))
        assert not re.search(r"@[A-Z]+( [./a-z]+)?@", path.read_text())
        commands = re.findall(r"(?:run: |- |\s)sixfold ([a-z]+)", path.read_text())
        assert commands
        assert set(commands) <= {c for c, _, _ in COMMANDS}
    for path in (p for p in files if p.suffix == ".yml"):
        document = [*yaml.load_all(path.read_text(), Loader)][-1]
        scripts = [job[key] for job in document.values() if isinstance(job, dict) for key in job if "script" in key]
        assert all(isinstance(line, str | list) for script in scripts for line in script)


def test_actionlint_finds_nothing_in_the_workflows(repos) -> None:
    """The real program, once `python3 dev.py test --all` has built it."""
    program = actionlint.kept()
    if not program.exists():
        pytest.skip("actionlint is not built: python -m tests.conformance.builds actionlint")
    files = sorted(repos.rglob(".github/workflows/*.yaml"))
    done = subprocess.run([program, "-shellcheck=", "-pyflakes=", *files], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    publish = repos / "deploy-wheel/.github/workflows/publish.yaml"
    bad = publish.with_name("bad.yaml")
    bad.write_text(publish.read_text().replace("inputs.manifest", "inputs.manifesto"))
    assert subprocess.run([program, bad], check=False, capture_output=True).returncode == 1
    bad.unlink()


def test_workflows_pin_actions_and_keep_no_credentials_and_have_least_rights(repos) -> None:
    rights = []
    for path in (p for repo in repos.iterdir() for p in (repo / ".github/workflows").iterdir()):
        document = yaml.safe_load(path.read_text())
        assert document["permissions"] == {}
        assert "pull_request_target" not in path.read_text()
        for name, job in document["jobs"].items():
            assert job["timeout-minutes"] <= 30
            rights.append((path.name, name, job.get("permissions", {})))
            for step in job["steps"]:
                assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step.get("uses", "actions/x@" + "0" * 40))
                assert "${{" not in step.get("run", ""), "values reach a script as variables alone"
                if "checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False
        assert not re.findall(r"uses: \S+$", path.read_text(), re.MULTILINE), "a comment says the version"
    writes = {(file, name): right for file, name, right in rights if "write" in right.values()}
    assert writes == {("sixfold.yaml", "comment"): {"pull-requests": "write"}}


def test_only_the_steps_that_push_have_the_key_and_app_repos_have_none(repos) -> None:
    for repo in repos.iterdir():
        with_key = [
            (path.name, name)
            for path in (repo / ".github/workflows").iterdir()
            for name, job in jobs_of(path)
            for step in job["steps"]
            if "SIXFOLD_DEPLOY_KEY" in str(step)
        ]
        expected = [("publish.yaml", "publish"), ("sixfold.yaml", "compile")] if repo.name.startswith("deploy") else []
        assert sorted(with_key) == expected
    app = (repos / "app-wheel/.github/workflows/sixfold.yaml").read_text()
    assert set(re.findall(r"secrets\.(\w+)", app)) == {"DEPLOY_READ_TOKEN", "DEPLOY_DISPATCH_TOKEN"}
    jobs = dict(jobs_of(repos / "app-wheel/.github/workflows/sixfold.yaml"))
    assert "DISPATCH" not in str(jobs["check"]), "a pull request has no token that can start anything"
    assert jobs["publish"]["environment"] == "deploy"


def test_ci_installs_a_wheel_by_its_hash_or_runs_in_an_image_by_its_digest(repos, wheel, tmp_path) -> None:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    head = "# What CI installs, every file by its hash. Change it with `sixfold init ci`, never by hand.\n"
    text = (repos / "deploy-wheel/.sixfold/requirements.txt").read_text()
    assert text == f"{head}./.sixfold/{wheel.name} --hash=sha256:{digest}\n{LOCK}"
    index = "https://pypi.example.com/simple"
    assert sixfold("init", "ci", ".", "--wheel", wheel, "--index", index, cwd=tmp_path).code == 0
    text = (tmp_path / ".sixfold/requirements.txt").read_text()
    assert text == f"{head}--index-url {index}\nsixfold==0.1.0 --hash=sha256:{digest}\n{LOCK}"
    assert [p.name for p in (tmp_path / ".sixfold").iterdir() if p.suffix == ".whl"] == []
    for repo in repos.iterdir():
        for path in (p for name in WORKFLOWS if (p := repo / name).exists()):
            text = path.read_text()
            installs = [line for line in text.splitlines() if "pip install" in line]
            assert all("--require-hashes" in line and "sixfold=" not in line for line in installs)
            assert bool(installs) == repo.name.endswith("wheel")
            assert (IMAGE in text) == repo.name.endswith("image")


def test_pip_installs_the_scaffolded_wheel_and_no_other(repos, tmp_path) -> None:
    repo = shutil.copytree(repos / "deploy-wheel", tmp_path / "deploy")
    requirements = repo / ".sixfold/requirements.txt"
    requirements.write_text(requirements.read_text().replace(LOCK, ""))
    script = dict(jobs_of(repo / ".github/workflows/publish.yaml"))["publish"]["steps"][3]["run"]
    pip = script.replace("python3", sys.executable) + f" --no-index --no-deps --target {tmp_path}/site"
    assert subprocess.run(["bash", "-ec", pip], cwd=repo, check=False, capture_output=True).returncode == 0
    assert (tmp_path / "site/sixfold_compiler/_lock/requirements.txt").read_text() == LOCK
    written(repo / ".sixfold/sixfold-0.1.0-py3-none-any.whl", {"sixfold_compiler/evil.py": "x"})
    done = subprocess.run(["bash", "-ec", pip], cwd=repo, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


@pytest.mark.parametrize(
    ("changes", "name", "arguments"),
    [
        ({"sixfold_compiler/_lock/requirements.txt": None}, "a.whl", ()),
        ({"sixfold-0.1.0.dist-info/METADATA": None}, "a.whl", ()),
        ({"sixfold-0.1.0.dist-info/METADATA": "Name: sixfold-evil\nVersion: 0.1.0\n"}, "a.whl", ()),
        ({"sixfold-0.1.0.dist-info/METADATA": "Name: sixfold\nVersion: ../0\n"}, "a.whl", ()),
        ({"sixfold-0.1.0.dist-info/METADATA": "Name: sixfold\n"}, "a.whl", ()),
        ({"sixfold_compiler/_lock/requirements.txt": b"\xff"}, "a.whl", ()),
        (None, "a.whl", ()),
        ({}, "missing.whl", ()),
        ({}, "a.whl", ("--index", "http://pypi.example.com/simple")),
        ({}, "a.whl", ("--index", "https://bot:secret@pypi.example.com/simple")),
        ({}, "a.whl", ("--index", "https://pypi.example.com/simple --extra-index-url https://evil.example.com")),
        ({}, "a.whl", ("--index", "https://pypi.example.com/\n--pre")),
        ({}, "a.whl", ("--index", "https://[pypi")),
        ({}, "a.whl", ("--index", "https:///simple")),
        ({}, "", ("--image", "registry.example.com/sixfold:0.1.0")),
        ({}, "", ("--image", f"registry.example.com/sixfold@sha256:{'0' * 63}")),
        ({}, "", ("--image", f"a b@sha256:{'0' * 64}")),
    ],
)
def test_what_ci_may_not_install_is_refused_and_nothing_is_written(changes, name, arguments, tmp_path) -> None:
    file = tmp_path / "a.whl"
    file.write_bytes(b"no zip") if changes is None else written(file, changes)
    wheel = ("--wheel", tmp_path / name) if name else ()
    done = sixfold("init", "deploy", "new", *wheel, *arguments, cwd=tmp_path)
    assert (done.code, "error[SF242]" in done.err) == (1, True)
    assert "secret" not in done.err
    assert not (tmp_path / "new").exists()


def test_options_that_contradict_each_other_are_wrong_usage(wheel, tmp_path) -> None:
    for arguments in (("--index", "https://a.example.com"), ("--wheel", wheel, "--image", IMAGE), ()):
        assert sixfold("init", "ci", ".", *arguments, cwd=tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_repo_without_ci_says_so_and_gets_one_later(tmp_path) -> None:
    done = sixfold("init", "deploy", "new", cwd=tmp_path)
    assert (done.code, "There is no CI" in done.err) == (0, True)
    repo = tmp_path / "new"
    assert not (repo / ".github/workflows").exists()
    assert sorted(p.name for p in (repo / ".sixfold").iterdir()) == [
        "app.schema.json", "release.schema.json", "tombstones.schema.json",
    ]  # fmt: skip
    done = sixfold("init", "ci", "new", "--image", IMAGE, cwd=tmp_path)
    assert (done.code, done.err.startswith("Created 5 files in new/: .github/workflows/publish.yaml, ")) == (0, True)
    assert sixfold("init", "ci", "new", "--image", IMAGE, cwd=tmp_path).code == 1


# An app repo asks the deploy repo to publish


@pytest.fixture
def forge(checkout, repos, tmp_path):
    """Serve a deploy repo, whose team `playback` has a publisher, and an app repo of the team."""
    forge = Forge(tmp_path / "forge")
    fleet = checkout / "environments"
    repos_of = "repos: ['https://github.com/playback/match', 'https://gitlab.example.com/playback/match']"
    old = "playback: team('playback', 'large', live {"
    edit(fleet / "teams.libsonnet", old, f"{old} publishers: ['playback-ci'], {repos_of},")
    app = shutil.copytree(repos / "app-image", tmp_path / "match")
    new_repo(app)
    for path, repo in (("platform/deploy", checkout), ("playback/match", app)):
        commit_all(repo, "First")
        git(repo, "push", "--quiet", str(forge.server(path)), "HEAD:main")
    return forge


def published(forge) -> list[str]:
    return git(forge.top / "git/platform/deploy.git", "log", "--format=%B", "main").splitlines()[:3]


def test_an_app_repo_asks_github_to_publish_and_who_asked_is_the_actor(forge, checkout, tmp_path) -> None:
    forge.command("gh", f"printf '%s\\n' \"$@\" > {tmp_path}/asked")
    asking = {"secrets.DEPLOY_DISPATCH_TOKEN": "dispatch", "vars.DEPLOY_REPO": "platform/deploy"}
    file = tmp_path / "match/.github/workflows/sixfold.yaml"
    assert github(forge, file, "publish", tmp_path, asking, GITHUB_REPOSITORY="playback/match").code == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:7] == ["workflow", "run", "publish.yaml", "--repo", "platform/deploy", "--ref", "main"]
    inputs = dict(field.split("=", 1) for field in asked[8::2])
    assert inputs == {"repository": "playback/match", "manifest": "sixfold.yaml"}

    def run(actor: str, again: str = "", key: str = forge.key, **changes: str):
        workspace = tmp_path / "workspace"
        shutil.rmtree(workspace, ignore_errors=True)
        for path, folder in (("platform/deploy", "deploy"), (inputs["repository"], "app")):
            git(tmp_path, "clone", "--quiet", str(forge.top / f"git/{path}.git"), str(workspace / folder))
            git(workspace / folder, "remote", "set-url", "origin", f"https://github.com/{path}")
        taken = {"version": "", "environment": "", **inputs, **changes}
        values = {f"inputs.{k}": v for k, v in taken.items()} | {"secrets.SIXFOLD_DEPLOY_KEY": key}
        actors = {"GITHUB_ACTOR": actor, "GITHUB_TRIGGERING_ACTOR": again or actor}
        file = checkout / ".github/workflows/publish.yaml"
        return github(forge, file, "publish", workspace, values, **actors)

    for refused, reason in (
        (run("playback-ci", key=""), "The secret SIXFOLD_DEPLOY_KEY is not set"),
        (run("playback-ci", key="no key"), "error in libcrypto"),
        (run("playback-ci", manifest="$(touch pwned)"), "SF111"),
        (run("playback-ci", manifest="--help"), "SF111"),
        (run("playback-ci", version="1.0"), "--environment"),
        (run("playback-ci", again="ads-ci"), "SF240"),
    ):
        assert refused.code != 0
        assert reason in refused.text
    assert not [*tmp_path.rglob("pwned")]
    assert published(forge)[0] == "First"
    done = run("playback-ci")
    assert done.code == 0, done.text
    assert published(forge) == ["Add the manifest of playback/match", "", "Requested-by: playback-ci"]


class Api(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.asked = (self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_an_app_repo_asks_gitlab_to_publish_and_who_asked_is_in_the_id_token(forge, checkout, tmp_path) -> None:
    server = HTTPServer(("localhost", 0), Api)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    api = {"CI_API_V4_URL": f"http://localhost:{server.server_port}", "SIXFOLD_TRIGGER_TOKEN": "glptt-1"}
    project = {"CI_PROJECT_PATH": "playback/match", "DEPLOY_PROJECT": "platform/deploy"}
    done = gitlab(forge, tmp_path / "match/.gitlab-ci.yml", "publish", tmp_path / "match", **api, **project)
    assert done.code == 0, done.text
    thread.join()
    server.server_close()
    path, form = server.asked
    assert path == "/projects/platform%2Fdeploy/trigger/pipeline"
    fields = dict(re.findall(r'name="([^"]+)"\r\n\r\n(.*?)\r\n', form))
    assert (fields.pop("token"), fields.pop("ref")) == ("glptt-1", "main")
    inputs = {re.fullmatch(r"inputs\[(\w+)\]", name)[1]: value for name, value in fields.items()}
    assert inputs == {"repository": "playback/match", "manifest": "sixfold.yaml"}

    issuer = Issuer(tmp_path)
    with serving(tmp_path, {"/oauth/discovery/keys": json.dumps({"keys": [issuer.key]}).encode()}) as (url, trusted):
        edit(checkout / "environments/fleet.jsonnet", "https://git.example.com/", f"{url}/")
        shutil.rmtree(checkout / "overlays")  # which names another repository
        commit_all(checkout, "A forge")
        git(checkout, "push", "--quiet", str(forge.top / "git/platform/deploy.git"), "HEAD:main")
        claims = {
            "iss": url, "aud": "sixfold", "exp": int(time.time()) + 300, "project_path": "platform/deploy",
            "ref_type": "branch", "ref_protected": "true",
        }  # fmt: skip

        def run(user: str, taken=inputs, **variables: str):
            work = tmp_path / "work"
            shutil.rmtree(work, ignore_errors=True)
            git(tmp_path, "clone", "--quiet", str(forge.top / "git/platform/deploy.git"), str(work / "deploy"))
            git(work / "deploy", "checkout", "--quiet", "--detach")
            tokens = {"SIXFOLD_ID_TOKEN": issuer.token(claims | {"user_login": user}), "SSL_CERT_FILE": str(trusted)}
            return gitlab(forge, checkout / ".gitlab-ci.yml", "publish", work / "deploy", taken, **tokens, **variables)

        for refused, reason in (
            (run("playback-ci", inputs | {"repository": "a;touch pwned"}), "the input repository"),
            (run("playback-ci", inputs | {"manifest": "../deploy/apps/x.yaml"}), "the input manifest"),
            (run("playback-ci", inputs | {"version": "$(id)"}), "the input version"),
            (run("ads-ci", GITLAB_USER_LOGIN="playback-ci"), "SF240"),
        ):
            assert refused.code != 0
            assert reason in refused.text
        assert published(forge)[0] == "A forge"
        done = run("playback-ci")
        assert done.code == 0, done.text
    assert published(forge) == ["Add the manifest of playback/match", "", "Requested-by: playback-ci"]
