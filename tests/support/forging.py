"""Forged trees: edited files with the digests and the checksum that make the tree consistent again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sixfold_compiler.model.inventory import digest_of
from sixfold_compiler.tree.seal import BLANK, seal

if TYPE_CHECKING:
    from pathlib import Path


def forge(out: Path, path: str, data: bytes) -> set[str]:
    """Write a file of a cluster, of argocd/ or of facts with matching inventories; return the paths that changed."""
    (out / path).write_bytes(data)
    entry = {"digest": digest_of(data), "size": len(data)}
    root = json.loads((out / "inventory.json").read_bytes())
    changed = {path, "inventory.json"}
    if path.startswith("argocd/"):
        _, instance, name = path.split("/")
        root["argocd"][instance]["files"].setdefault(name, {"objects": 1}).update(entry)
    elif path.endswith("facts.json"):
        root["dataCenters"][path.removesuffix("/facts.json")] = entry
    else:
        key, inside = "/".join(path.split("/")[:3]), path.split("/", 3)[3]
        inventory = json.loads((out / key / "inventory.json").read_bytes())
        folder, name = inside.split("/")
        if folder.startswith("_"):
            inventory["files"].setdefault(inside, {"objects": 1}).update(entry)
        else:
            inventory["namespaces"][folder]["apps"][name.removesuffix(".yaml")].update(entry)
        text = dumped(inventory)
        (out / key / "inventory.json").write_bytes(text)
        root["clusters"][key] = {"digest": digest_of(text), "size": len(text)}
        changed.add(f"{key}/inventory.json")
    (out / "inventory.json").write_bytes(sealed_root(root))
    return changed


def sealed_root(root: dict[str, Any], **changes: Any) -> bytes:
    """Return the bytes of a root inventory with changed fields and its checksum."""
    return seal(dumped(root | changes | {"checksum": BLANK}))


def dumped(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"
