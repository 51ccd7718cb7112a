"""SF1xx: reading files and YAML."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["LOADING"]

LOADING = {
    "SF100": Code(
        "the YAML cannot be parsed",
        "The file is not YAML. The place is where the parser gave up; the mistake is there or shortly before.",
        "spec:\n  image: [nginx\n",
        "Check indentation, quotes, brackets and colons near the place that is shown.",
    ),
    "SF101": Code(
        "a document is too large",
        "A document over 256 KiB is refused before it is parsed: large input is slow to check, and no manifest needs"
        " it.",
        "# a manifest with 300 KiB of inline configuration",
        "Move large content into a file beside the manifest and name it under config.files.",
    ),
    "SF102": Code(
        "the file is not UTF-8 text",
        "Manifests are UTF-8, with or without a byte order mark.",
        "# a file saved as Latin-1: caf\\xe9",
        "Save the file as UTF-8.",
    ),
    "SF103": Code(
        "too many documents in one file",
        "A file holds one manifest and at most 199 plain objects behind it.",
        "# a file with 201 documents parted by ---",
        "Split the file into several apps, or move the objects elsewhere.",
    ),
    "SF104": Code(
        "nested too deeply",
        "Nesting over 32 levels is refused: it exhausts parsers, and no Kubernetes object needs it.",
        f"a: {'[' * 33}{']' * 33}\n",
        "Flatten the structure.",
    ),
    "SF105": Code(
        "an anchor, an alias or a merge key",
        "Anchors (&name), aliases (*name) and merge keys (<<) are refused: they let a small file expand into a huge"
        " one, and they hide from a reader what a value is.",
        "spec:\n  env: &common\n    - {name: A, value: b}\n",
        "Write the value out where it is needed. What differs by environment or data center belongs in overrides.",
    ),
    "SF106": Code(
        "a YAML tag",
        "Tags (!something) ask the reader for behaviour; a manifest is plain data.",
        "spec:\n  image: !!str nginx\n",
        "Remove the tag; quote text that needs quoting.",
    ),
    "SF107": Code(
        "the same key twice",
        "YAML readers keep one of the two silently, and not all the same one. Both places are shown.",
        "spec:\n  tier: P0\n  tier: P1\n",
        "Keep one of them.",
    ),
    "SF108": Code(
        "a key that is not plain text",
        "Keys are names of fields: plain or quoted text, never lists, mappings or tagged values.",
        "? [a, b]\n: c\n",
        "Use a word as the key.",
    ),
    "SF109": Code(
        "a number with leading zeros",
        "YAML 1.1 readers take 0644 for octal, YAML 1.2 readers for decimal: the two would deploy different things.",
        "spec:\n  replicas: 010\n",
        "Write the number without leading zeros, or quote it if it is text.",
    ),
    "SF110": Code(
        "a number that JSON cannot hold",
        "Infinity, NaN and integers over 2^53 have no exact form in JSON, which Kubernetes speaks.",
        "spec:\n  config:\n    - {name: limits, data: {max: .inf}}\n",
        "Use a finite number, or quote it if it is an identifier.",
    ),
    "SF111": Code(
        "a file cannot be read",
        "The file is missing, not readable, too large, a symbolic link, or outside the project. Links are not followed:"
        " a manifest must not be able to pull in a file that its team does not own.",
        "# apps/playback/match.yaml is a symbolic link to /etc/hosts",
        "Put the file itself there, and make it readable.",
    ),
}
