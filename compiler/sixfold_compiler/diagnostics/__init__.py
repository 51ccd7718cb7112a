"""Diagnostics: problems of an input with their source positions and fixes, and the formats that print them.

Steps return or collect a `Diagnostic`; only the command line prints it (`render`). `codes` is the table of all codes.
`values` has the types of JSON data that the other packages use.
"""

from sixfold_compiler.diagnostics.diagnostic import Diagnostic, DiagnosticError, Severity, Span
from sixfold_compiler.diagnostics.text import counted, listed, nearest, printable, suggest
from sixfold_compiler.diagnostics.values import (
    Json,
    JsonObject,
    ValuePath,
    merge_object,
    merge_patch,
    path_text,
    value_at,
)

__all__ = [
    "Diagnostic",
    "DiagnosticError",
    "Json",
    "JsonObject",
    "Severity",
    "Span",
    "ValuePath",
    "counted",
    "listed",
    "merge_object",
    "merge_patch",
    "nearest",
    "path_text",
    "printable",
    "suggest",
    "value_at",
]
