"""Three readers of YAML (PyYAML, ruamel.yaml, kubectl), and values that readers of YAML easily misread."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import ruamel.yaml
import yaml

from tests.support.binaries import kubectl_binary
from tests.support.counterparts import met

WORDS = """
    yes no on off y n Y N true false True FALSE null Null NULL ~ nil none None nan NaN inf .inf -.inf .NaN undefined
    1e3 1E3 1e-3 e1 E0 e 1.5e+3 .5 5. -1 +1 0x1F 0X1F 0o17 017 08 0b11 1_000 1,000 12:30 12:30:45 190:20:30 0.1.2
    2001-12-14 2001-12-14T21:59:43Z 2001-12-14t21:59:43.10-05:00 1.0 -0 -0.0 00 = << < > - -- --- ... ? : , [ ] { }
    # & * ! | > ' " % @ ` a: a:b a#b :a ?a -a !a &a *a @a %a |a >a [a] {a} 10% 100m 1.5Gi 5s 1h 0xZZ 1e 10E 1Ei 5m
    http://example.com:8080/a?b=c&d=e ghcr.io/a/b:1.2.3@sha256:abc $(POD_IP) ${HOME} {{.Values.x}} C:\\x a\\n \\ /
    binary !!str <<: y: =a ~a 1.2.3 v1 3rd 0123456789abcdef 12e34 0e0 1e400 123456789012345678901234567890
""".split()  # noqa: SIM905 - as one would try them
TEXTS = [
    "", " ", "  ", " a", "a ", "a: b", "a :b", "a #b", "a# b", "- a", "? a", "--- a", "... a", "a, b", "a  b",
    "don't",
    'say "x"', "a\tb", "\ta", "a\t", "\n", "\n\n", "\na", " \na", "a\n", "a\n\n", "a\n\n\n", "a\nb", "a\n\nb\n",
    "a\n  b\n c\n", "  a\nb\n", "a \nb\n", "a\n \nb", "a\n\t\nb", "a\n\tb\n", "a\tb\nc\n", "a\r\nb\r\n", "a\rb",
    "---\na\n",
    "a\n---\nb\n", "a\n...\n", "# a\nb\n", "a: b\nc: [d\n", "%YAML 1.1\na\n", "key: |\n  a\n", "a\n\n  b\n\n\nc",
    "- a\n- b\n",
    "\x00", "a\x07b", "\x1b[31mred\x1b[0m", "\x7f", "\x80", "\x85", "a\x85b\n", "\x9f", "\xa0", "\u2028",
    "a\u2028b\nc\n", "\u2029",
    "\ufeff", "a\ufeffb\n", "\ufeffa", "\ufffd", "\ufffe", "\uffff", "\ud7ff", "\ue000", "\u202e", "\u200b", "é",
    "日本語", "日本\n語\n",
    "😀", "😀\n😀\n", "\U0001fffe", "\U0010ffff", "\u0301", "\U0001f1ee\U0001f1f3 a\nb", "x" * 5000, "x y " * 2000,
    "x\n" * 2000, "a\\nb\nc\\",
    "ends with colon:", "ends with hash #", "a\n#\n", "\\", "\\u0041\n", '"', "'", "''", '""\n""\n', "|\n",
    ">\n a\n", "=\n",
]  # fmt: skip
HARD = WORDS + TEXTS
LONG_KEYS = ["k" * 900, "k" * 1100, "k " * 700 + "k", "é" * 600, "a\nb" * 500]
NUMBERS = [
    0, 1, -1, 2**31, 2**53 - 1, -(2**53) + 1, 0.1, -0.5, 1e22, 1e-7, 1.5e300, 5e-324, 1.7976931348623157e308,
    123456789.123,
    1e16, 123456789012345680000.0, 3.0, 0.0001, 0.00001, True, False, None,
]  # fmt: skip


def python_11(data: bytes) -> list[Any]:
    met("PyYAML", yaml.__version__)
    return list(yaml.load_all(data, Loader=yaml.CSafeLoader))


def python_12(data: bytes) -> list[Any]:
    met("ruamel.yaml", ruamel.yaml.__version__)
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return list(reader.load_all(data.decode()))


def kubectl(data: bytes) -> list[Any]:
    """Return the `spec` of every document, as the Go reader of kubectl reads it."""
    command = [str(kubectl_binary()), "annotate", "--local", "--dry-run=client", "-o", "json", "-f", "-", "read=yes"]
    run = subprocess.run(command, input=data, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()[:2000]
    # Go writes a float such as 1e20 with all its digits.
    decoder = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 17 else float(digits))
    answers, text, at = [], run.stdout.decode(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        answers += value["items"] if value["kind"] == "List" else [value]
        while at < len(text) and text[at].isspace():
            at += 1
    return [answer["spec"] for answer in answers]


def wrapped(values: list[Any]) -> list[dict[str, Any]]:
    """Return each value in an object that kubectl accepts."""
    return [
        {"apiVersion": "example.dev/v1", "kind": "Probe", "metadata": {"name": f"p{n}"}, "spec": {"value": value}}
        for n, value in enumerate(values)
    ]
