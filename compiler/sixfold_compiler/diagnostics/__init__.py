"""Diagnostics: what is wrong with an input, where, and what to do; rendered in four formats.

`Diagnostic` is a value: steps return or collect it, and only the command line prints it (`render`). `codes` has the
table of all codes.
"""

from sixfold_compiler.diagnostics.diagnostic import Diagnostic, DiagnosticError, Severity, Span, ValuePath
from sixfold_compiler.diagnostics.text import counted, listed, nearest, printable, suggest

__all__ = [
    "Diagnostic",
    "DiagnosticError",
    "Severity",
    "Span",
    "ValuePath",
    "counted",
    "listed",
    "nearest",
    "printable",
    "suggest",
]
