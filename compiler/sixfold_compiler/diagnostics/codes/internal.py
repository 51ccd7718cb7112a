"""SF9xx: faults of Sixfold itself."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["INTERNAL"]

INTERNAL = {
    "SF901": Code(
        "a fault in Sixfold itself",
        "Sixfold failed in a way that it did not foresee. Nothing is wrong with the input as far as anyone can tell.",
        "",
        "Run the command again with --verbose and report what it prints, with the version and the manifest or fleet"
        " that it fails on. The overlay tree is whole: it is written last, and in one step for each file.",
    ),
}
