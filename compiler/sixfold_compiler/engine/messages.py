"""Errors of the reference Jsonnet engine in words that need no knowledge of the engine."""

from __future__ import annotations

import re

__all__ = ["plain_message"]

_STATIC = "STATIC ERROR: "
_PLACE = r".*?\.(?:lib|j)sonnet:[-0-9:()]+ "  # a path of this machine, which is not part of a message
_PREFIX = re.compile(rf"^(RUNTIME ERROR: |runtime error: |STATIC ERROR: )?({_PLACE})?")
_GENERAL = "the text at this place is not valid Jsonnet"

# The texts of errors that the parser finds, and what to print; the text of any other such error is `_GENERAL`.
_SYNTAX = (
    (r"expected a comma before next .*", "a comma is missing before this place"),
    (r"Unknown variable: (\S+)", "the name '{0}' is not defined"),
    (r"unterminated string", "text in quotes is not closed"),
    (r"multi-line comment has no terminating .*", "a comment that begins with /* is not closed"),
    (r"unexpected end of file.*", "the file ends too early"),
    (r"unexpected EOF", "the file ends too early"),
    (r"duplicate field: (.+)", "the field '{0}' appears twice in one object"),
    (r"duplicate local var: (.+)", "the name '{0}' is defined twice"),
    (r"Can't use (self|super) outside of an object\.", "{0} is used outside of an object"),
    (r"computed imports are not allowed\.", "the path of an import is not plain text in quotes"),
    (r"Unknown escape sequence in string literal: '(.*)'", "text in quotes has the unknown escape \\{0}"),
)

# The texts of errors of an evaluation, and what to print; other texts are printed as they are.
_EVALUATION = (
    (r"couldn't open import \"[^\"]*\": (.*)", "{0}"),
    (r"max stack frames exceeded\.", "an expression calls itself without end"),
    (r"field does not exist: (.*)", "the field '{0}' does not exist"),
    (r"binary operator (\S+) requires matching types, got (\w+) and (\w+)\.", "{0} cannot join the types {1} and {2}"),
    (r"array bounds error: (\S+) not within \[0, ([0-9]+)\)", "the index {0} is outside a list of the length {1}"),
    (r"attempted index an array with string (.*)\.", "a list is read like an object, by the name {0}"),
    (r"can only index objects, strings, and arrays, got (\w+)\.", "a field is read from a value of the type {0}"),
    (r"function parameter (\w+) not bound in call\.", "a function is called without its argument '{0}'"),
    (
        r"too many args, function has ([0-9]+) parameter\(s\)",
        "a function is called with more arguments than it has, {0}",
    ),
    (r"function has no parameter (\w+)", "a function is called with the unknown argument '{0}'"),
    (r"(?:Object a|A)ssertion failed\.", "an assert without a message is false"),
    (r"attempt to use super when there is no super class\.", "super is used in an object that extends no other one"),
    (r"couldn't manifest function in JSON output\.", "a value is a function instead of data"),
    (r"division by zero\.", "a number is divided by zero"),
    (r"\[json\.exception\..*", "a text that std.parseJson reads is not JSON"),
)


def plain_message(text: str) -> str:
    """Return the first line of the engine's error text in plain words, without the engine's prefix and its path.

    The text of an `error` expression is returned as it is written.
    """
    message = _PREFIX.sub("", text)
    for expression, words in _SYNTAX if text.startswith(_STATIC) else _EVALUATION:
        if match := re.fullmatch(expression, message):
            return words.format(*match.groups())
    return _GENERAL if text.startswith(_STATIC) else message
