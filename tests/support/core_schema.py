"""The core schema of YAML 1.2 (section 10.3.2) for loaders of PyYAML, as an independent reading to compare with."""

from __future__ import annotations

import re

RESOLVERS = {
    "null": r"null|Null|NULL|~|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.nan|\.NaN|\.NAN",
}


def core(base):
    """Return a subclass of the loader `base` with these resolvers instead of those of YAML 1.1."""
    core_loader = type("Core", (base,), {"yaml_implicit_resolvers": {}})
    for tag, pattern in RESOLVERS.items():
        core_loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), None)
    return core_loader
