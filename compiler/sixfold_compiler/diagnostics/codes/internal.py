"""SF9xx: internal errors."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["INTERNAL"]

INTERNAL = {
    "SF901": Code(
        "an internal error of Sixfold",
        "Sixfold failed unexpectedly. This is a bug of Sixfold, not an error in your input. The overlay tree is "
        "complete: it is written last, and each file in one step.",
        "",
        "Run the command again with --verbose. Report the output, the version, and the manifest or fleet that "
        "causes it.",
    ),
}
