"""Diagnostics for text that is not YAML: the errors of libyaml in words that the author of a manifest knows.

libyaml reports what its scanner expected ("did not find expected key"). Each of its errors has a sentence and a fix
here, and an error without one gets a general sentence, so that no text of the parser is shown.
"""

from __future__ import annotations

import re

import yaml

from sixfold_compiler.diagnostics import Diagnostic, Span

__all__ = ["LINE_BREAKS", "syntax_diagnostic"]

LINE_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what the parser counts lines by

_QUOTE = "put the value in quotes"
_DIRECTIVE = ("a line that begins with '%' is not valid here", "remove the line, or quote a value that begins with '%'")
_TAG = ("a value without quotes cannot begin with '!'", _QUOTE)
_TAB = ("the line is indented with a tab", "indent with spaces")
_ESCAPE = "use single quotes, in which a backslash is plain text, or write '\\\\' for a backslash"
_GENERAL = ("the text at this place cannot be read", "check the indentation, quotes, brackets and colons around it")

# The message and the help for each error of libyaml.
_SENTENCES = {
    "mapping values are not allowed in this context": (
        "a key and its ':' cannot be at this place",
        "align the key with the keys around it, or quote the value if the ':' is part of it",
    ),
    "could not find expected ':'": (
        "the key before this place has no ':'",
        "write `key: value`, or quote text of several lines",
    ),
    "did not find expected key": (
        "this text does not continue the mapping above",
        "align it with the keys above, and quote values with special characters",
    ),
    "did not find expected '-' indicator": (
        "this line does not continue the list above",
        "begin each item with '-', at the same indentation",
    ),
    "did not find expected ',' or ']'": (
        "a list that begins with '[' is not closed before this place",
        "separate its items with ',' and close it with ']'",
    ),
    "did not find expected ',' or '}'": (
        "a mapping that begins with '{' is not closed before this place",
        "separate its fields with ',' and close it with '}'",
    ),
    "did not find expected node content": (
        "a value is missing at this place",
        "write the value, or quote it if it begins with a special character",
    ),
    "found unexpected end of stream": ("quoted text is not closed before the file ends", "add the closing quote"),
    "found unexpected document indicator": (
        "quoted text is not closed before this line",
        "add the closing quote above this line",
    ),
    "found unknown escape character": ("a backslash in double quotes has an unknown escape after it", _ESCAPE),
    "did not find expected hexdecimal number": ("an escape in double quotes has too few digits after it", _ESCAPE),
    "found invalid Unicode character escape code": (
        "an escape in double quotes is not the code of a character",
        "write the character itself",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin at this place",
        "put each item that begins with '-' on a line of its own, below the key",
    ),
    "mapping keys are not allowed in this context": (
        "a key that begins with '?' cannot be at this place",
        "write `key: value`, or quote a value that begins with '?'",
    ),
    "did not find expected <document start>": (
        "this line does not continue the document above",
        "correct its indentation, or begin a new document with '---'",
    ),
    "did not find expected alphabetic or numeric character": (
        "a value without quotes cannot begin with '&' or '*'",
        _QUOTE,
    ),
    "found an indentation indicator equal to 0": (
        "a number after '|' or '>' cannot be 0",
        "remove the number",
    ),
    "did not find expected comment or line break": (
        "text follows '|' or '>' on the same line",
        "begin the text on the next line, or quote a value that begins with '|' or '>'",
    ),
    "found a tab character where an indentation space is expected": _TAB,
    "found a tab character that violates indentation": _TAB,
    "found undefined tag handle": _TAG,
}


def syntax_diagnostic(error: yaml.reader.ReaderError | yaml.MarkedYAMLError, text: str, file: str) -> Diagnostic:
    """Return SF100 for an error of libyaml.

    Args:
        error: The error.
        text: The complete text of the file.
        file: The file's name in the diagnostic.
    """
    if isinstance(error, yaml.reader.ReaderError):
        before = text.encode()[: error.position].decode(errors="ignore")
        *above, last = LINE_BREAKS.split(before)
        message = f"invalid YAML: the character U+{_code_point(error):04X} is not allowed"
        help_text = "remove the character, or write it as an escape in double quotes"
        return Diagnostic("SF100", message, Span(file, len(above) + 1, len(last) + 1), help_text)
    span, character = _place(error.problem_mark, text, file)
    message, help_text = _sentence(error.problem or "", error.context or "", character)
    return Diagnostic("SF100", f"invalid YAML: {message}", span, help_text)


def _code_point(error: yaml.reader.ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)


def _place(mark: yaml.Mark | None, text: str, file: str) -> tuple[Span, str]:
    """Return the place of a mark, and the character at it; at the end of the file there is none."""
    lines = LINE_BREAKS.split(text)
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    if mark is not None and mark.line < len(lines):  # libyaml gives a mark with every problem
        line = lines[mark.line]
        return Span(file, mark.line + 1, mark.column + 1), line[mark.column : mark.column + 1]
    # The end of the file, which the parser counts as a line of its own.
    return Span(file, len(lines), len(lines[-1]) + 1), ""


def _sentence(problem: str, context: str, character: str) -> tuple[str, str]:
    """Return the message and the help for an error of libyaml at a character."""
    if problem == "found character that cannot start any token":
        if character == "\t":
            return _TAB
        return (f"a value without quotes cannot begin with {character!r}", _QUOTE)
    # libyaml has many errors for the two rare constructs below.
    if "directive" in f"{context} {problem}" or problem == "found incompatible YAML document":
        return _DIRECTIVE
    if context == "while scanning a tag":
        return _TAG
    return _SENTENCES.get(problem, _GENERAL)
