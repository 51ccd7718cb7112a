"""Sign a tree, after a verification that compiles its inputs from nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine.failures import unwritable
from sixfold_compiler.model.inventory import digest_of
from sixfold_compiler.pipeline.verify import verify
from sixfold_compiler.tree.layout import ROOT
from sixfold_compiler.tree.reader import read_file
from sixfold_compiler.tree.signature import remove_signature, write_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.pipeline.verify import Verification
    from sixfold_compiler.signing.private_key import PrivateKey

__all__ = ["sign"]


def sign(
    options: Options, key: PrivateKey, base: str = "", progress: Callable[[str, int, int], None] | None = None
) -> Verification:
    """Verify a tree, and sign it if there are no findings. With findings it has no signature afterward.

    Args:
        options: The options of the compile that wrote the tree.
        key: The key that signs.
        base: The git revision with the files of apps that do not compile and of held teams; empty for none.
        progress: Called with the name of the step, the number of finished items, and the total.

    Raises:
        DiagnosticError: SF704, the signature cannot be written.
    """
    alone = replace(options, stage_in_tree=False, reread=False, fresh=False, against="")
    result = verify(alone, base, progress=progress)
    root = read_file(options.out / ROOT) or b""
    if not result.diagnostics and digest_of(root) != result.root:
        result = replace(result, diagnostics=(_changed(options.out.name),))
    try:
        if result.diagnostics:
            remove_signature(options.out)
        else:
            write_signature(options.out, key.sign(root))
    except OSError as error:
        raise DiagnosticError(unwritable(error.strerror or str(error))) from None
    return result


def _changed(tree: str) -> Diagnostic:
    path = f"{tree}/{ROOT}"
    return Diagnostic(
        "SF730", f"{path} changed during the verification", Span(path), "stop what writes it, and sign again"
    )
