"""SF1xx: reading files and YAML."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["LOADING"]

LOADING = {
    "SF100": Code(
        "invalid YAML",
        "The file is not YAML. The error is at the place shown, or shortly before it.",
        "spec:\n  image: [nginx\n",
        "Check indentation, quotes, brackets and colons near the place shown.",
    ),
    "SF101": Code(
        "a document is too large",
        "Documents over 256 KiB are rejected before they are parsed. No manifest needs that size, and large input "
        "is slow to check.",
        "# a manifest with 300 KiB of inline configuration",
        "Move large content into a file beside the manifest and name it under config.files.",
    ),
    "SF102": Code(
        "the file is not UTF-8 text",
        "Manifests must be UTF-8, with or without a byte order mark.",
        "# a file saved as Latin-1: caf\\xe9",
        "Save the file as UTF-8.",
    ),
    "SF103": Code(
        "too many documents in one file",
        "A file contains one manifest and at most 199 plain objects.",
        "# a file with 201 documents separated by ---",
        "Split the file into several apps, or move the objects elsewhere.",
    ),
    "SF104": Code(
        "nested too deeply",
        "Nesting over 32 levels is rejected. It exhausts parsers, and no Kubernetes object needs it.",
        f"a: {'[' * 33}{']' * 33}\n",
        "Flatten the structure.",
    ),
    "SF105": Code(
        "an anchor, an alias or a merge key",
        "Anchors (&name), aliases (*name) and merge keys (<<) are rejected. They let a small file expand into a "
        "huge one, and they hide the value of a field from readers.",
        "spec:\n  env: &common\n    - {name: A, value: b}\n",
        "Write the value where it is needed. Differences between environments or data centers belong in overrides.",
    ),
    "SF106": Code(
        "a YAML tag",
        "Tags (!something) request behavior from the parser. A manifest is plain data.",
        "spec:\n  image: !!str nginx\n",
        "Remove the tag. Quote text that needs quotes.",
    ),
    "SF107": Code(
        "a duplicate key",
        "YAML parsers silently keep one of the two values, and not all of them keep the same one. Both places are "
        "shown.",
        "spec:\n  tier: P0\n  tier: P1\n",
        "Keep one of them.",
    ),
    "SF108": Code(
        "a key that is not plain text",
        "Keys are field names: plain or quoted text, never lists, mappings or tagged values.",
        "? [a, b]\n: c\n",
        "Use a word as the key.",
    ),
    "SF109": Code(
        "a number with leading zeros",
        "YAML 1.1 parsers read 0644 as octal, YAML 1.2 parsers as decimal. The two would deploy different values.",
        "spec:\n  replicas: 010\n",
        "Write the number without leading zeros, or quote it if it is text.",
    ),
    "SF110": Code(
        "a number that JSON cannot represent",
        "Infinity, NaN and integers over 2^53 have no exact form in JSON, which the Kubernetes API uses.",
        "spec:\n  config:\n    - {name: limits, data: {max: .inf}}\n",
        "Use a finite number, or quote it if it is an identifier.",
    ),
    "SF111": Code(
        "a file cannot be read",
        "The file is missing, not readable, too large, a symbolic link, or outside the project. Links are not "
        "followed, so that a manifest cannot include a file of another team.",
        "# apps/playback/match.yaml is a symbolic link to /etc/hosts",
        "Put the file itself there, and make it readable.",
    ),
}
