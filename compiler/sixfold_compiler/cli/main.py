"""The entry point of the command line: exit codes, and messages for errors that are not findings."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from sixfold_compiler.cli.exit_codes import ABNORMAL, CLEAN, FINDINGS, INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 clean, 1 findings, 2 other errors, 130 interrupted."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    # A plugin in the same environment could change what the models accept, and looking for one takes 4 ms.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # A tree is hundreds of thousands of values that live until the end: searching them for cycles after every 700 new
    # ones takes a fifth of a compile.
    gc.set_threshold(100_000, 20, 20)
    atexit.register(gc.freeze)  # and at exit, when all of them are about to go, the interpreter searches once more
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`, a pager) has closed the stream: no error of this program, and nothing more can be printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ABNORMAL
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    from sixfold_compiler.cli.group import cli

    try:
        result = cli.main(args=arguments, prog_name="sixfold", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ABNORMAL
    except click.ClickException as error:
        error.show(sys.stderr)
        return ABNORMAL
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: partially written files are ignored, run the command again", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - any error ends with a message and an exit code
        return _failed(error, arguments)
    return result if isinstance(result, int) else CLEAN


def _failed(error: Exception, arguments: list[str]) -> int:
    """Print an error (findings, an operating system error, or an internal error), and return the exit code."""
    from sixfold_compiler.cli.output.report import show
    from sixfold_compiler.diagnostics import DiagnosticError

    verbose = "--verbose" in arguments or "-v" in arguments
    if isinstance(error, DiagnosticError):
        return show(error.diagnostics, err=True, verbose=verbose) or FINDINGS
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if isinstance(error.filename, str) else ""
        click.echo(f"Error: {error.strerror}{name}. The tree is as complete as before; run again.", err=True)
    else:
        _internal_error(error, arguments)
    if verbose:
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True)
    return ABNORMAL


def _internal_error(error: Exception, arguments: list[str]) -> None:
    """Print SF901 with the information that a bug report needs."""
    import platform
    import shlex

    from sixfold_compiler import __version__

    kind = type(error).__name__
    click.echo(f"error[SF901]: an internal error of Sixfold, not of your input: {kind}", err=True)
    click.echo(f"  = version: sixfold {__version__}, Python {platform.python_version()}, {platform.system()}", err=True)
    click.echo(f"  = reproduce: sixfold {shlex.join(arguments)}", err=True)
    click.echo("  = help: run it with --verbose, and report the output together with the manifest", err=True)
