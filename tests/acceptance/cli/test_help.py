"""Help, version, usage errors, exit codes and completion."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from sixfold_compiler import __version__
from sixfold_compiler.cli.group import COMMANDS
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from tests.support.cli import ROOT, edit, sixfold, started
from tests.support.measuring import unmeasured

NAMES = [name for name, _, _ in COMMANDS]


def test_help_lists_every_command_on_stdout(tmp_path) -> None:
    done = sixfold("--help", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    for name in NAMES:
        assert f"\n  {name} " in done.out


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_every_command_has_examples(name, tmp_path) -> None:
    done = sixfold(name, "--help", cwd=tmp_path)
    assert done.code == 0
    assert "\n  Example" in done.out
    assert f"\n    sixfold {name}" in done.out


def test_help_imports_nothing_heavy(tmp_path) -> None:
    """The test checks imports, since milliseconds depend on the machine."""
    program = (
        "import sys\nfrom sixfold_compiler.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('pydantic', 'rich', 'orjson', 'yaml', 'ruamel.yaml', 'jsonschema_rs', 'rjsonnet', 'json',"
        " 'subprocess', 'asyncio', 'generator', 'sixfold_compiler.pipeline.plan', 'sixfold_compiler.diagnostics.render')"
        " if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=unmeasured(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip() == "[]"


def test_no_arguments_is_a_usage_error_that_shows_the_help(tmp_path) -> None:
    done = sixfold(cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "Usage: sixfold" in done.err


def test_version_prints_the_version_of_the_package(tmp_path) -> None:
    assert sixfold("--version", cwd=tmp_path).out == f"sixfold {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wompile"], "did you mean 'compile'?"),
        (["compile", "--onyl", "prod"], "--only"),
        (["code", "SF1078"], "did you mean"),
        (["check", "--output", "xml"], "'full', 'concise', 'json', 'github'"),
        (["check"], "sixfold init deploy DIR"),
        (["publish", "--deploy-repo", ".", "--version", "1"], "belong together"),
    ],
)
def test_wrong_usage_exits_2_with_the_fix(arguments, message, tmp_path) -> None:
    done = sixfold(*arguments, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_and_completes_commands(shell, tmp_path) -> None:
    done = sixfold("completion", shell, cwd=tmp_path)
    assert done.code == 0
    assert "_SIXFOLD_COMPLETE" in done.out
    environ = {
        "_SIXFOLD_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "sixfold pre" if shell != "fish" else "sixfold",
        "COMP_CWORD": "1" if shell != "fish" else "pre",
    }
    assert "preview" in sixfold(cwd=tmp_path, **environ).out


def test_bash_accepts_the_completion_script(tmp_path) -> None:
    script = sixfold("completion", "bash", cwd=tmp_path).out
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, capture_output=True)


def test_code_explains_a_code(tmp_path) -> None:
    done = sixfold("code", "sf107", cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith("SF107: a duplicate key\n")
    assert "What to do: Keep one of them." in done.out


def test_code_without_a_code_lists_every_code(tmp_path) -> None:
    done = sixfold("code", cwd=tmp_path)
    assert done.code == 0
    assert [line.partition("  ")[0] for line in done.out.splitlines()] == list(CODES)
    assert "SF107  a duplicate key\n" in done.out


@pytest.mark.parametrize("kind", ["app", "release", "fleet"])
def test_schema_prints_the_published_schema(kind, tmp_path) -> None:
    done = sixfold("schema", kind, cwd=tmp_path)
    published = {s.file: s for s in SCHEMAS}[f"{kind}.schema.json"]
    assert json.loads(done.out) == schema_of(published)


def test_an_internal_error_prints_the_command_that_reproduces_it(deploy) -> None:
    """The defect of the test is a compile that raises KeyError."""
    (deploy / "broken").mkdir()
    (deploy / "broken" / "sitecustomize.py").write_text(
        "import sixfold_compiler.pipeline.plan\ndef plan(*a, **k): raise KeyError('inner')\nsixfold_compiler.pipeline.plan.plan = plan\n"
    )
    path = f"{deploy / 'broken'}:{ROOT}"
    done = started("check", "--jobs", "2", cwd=deploy, PYTHONPATH=path)
    assert done.code == 2
    assert "error[SF901]" in done.err
    assert "KeyError" in done.err
    assert f"version: sixfold {__version__}" in done.err
    assert "reproduce: sixfold check --jobs 2" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in started("check", "--verbose", cwd=deploy, PYTHONPATH=path).err


def test_an_interrupt_exits_130_and_leaves_the_tree_alone(deploy) -> None:
    """SIGINT reaches a compile that waits for a pipe which nobody writes to."""
    before = (deploy / "overlays" / "inventory.json").read_bytes()
    os.mkfifo(deploy / "gate")
    (deploy / "slow").mkdir()
    (deploy / "slow" / "sitecustomize.py").write_text(
        "import signal, sixfold_compiler.pipeline.plan\ndef plan(*a, **k):\n    print('waiting', flush=True)\n    open('gate').read()\n"
        "sixfold_compiler.pipeline.plan.plan = plan\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore the signal
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "sixfold_compiler", "compile"],
        cwd=deploy,
        env=os.environ | {"PYTHONPATH": f"{deploy / 'slow'}:{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        try:
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert (deploy / "overlays" / "inventory.json").read_bytes() == before


def test_a_closed_pipe_is_no_error(tmp_path) -> None:
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"'{sys.executable}' -m sixfold_compiler schema | head -c 10 > /dev/null; exit ${{PIPESTATUS[0]}}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def on_a_terminal(deploy, **environ: str) -> str:
    """Return the output of `sixfold check` whose streams are a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sixfold_compiler", "check"],
        cwd=deploy,
        stdout=slave,
        stderr=slave,
        env={k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        | {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
        | environ,
    )
    os.close(slave)
    chunks = []
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # Linux reports a closed other end as an error
            break
        if not chunk:
            break
        chunks.append(chunk)
    process.wait(timeout=60)
    os.close(master)
    return b"".join(chunks).decode()


def test_colors_are_for_terminals_without_no_color(deploy) -> None:
    edit(deploy / "apps" / "storefront" / "hello.yaml", "tier: P2", "tear: P2")
    assert "\x1b[1;31merror[SF204]" in on_a_terminal(deploy)
    plain = on_a_terminal(deploy, NO_COLOR="1")
    assert "error[SF204]" in plain
    assert "\x1b[1;31m" not in plain
    assert "\x1b[" not in sixfold("check", cwd=deploy).out
