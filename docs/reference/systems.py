"""Write docs/systems.md from lib/slots.json and the about.json of each system: what a fleet can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.engine import library_folder
from sixfold_compiler.systems.catalog import library_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_compiler.systems.catalog import Catalog, Slot, System

__all__ = ["systems_page", "write_systems"]

OPENING = """\
# Systems of the platform

<!-- Generated from lib/slots.json and about.json of each system: `python3 dev.py docs`. -->

What a platform runs beside the apps is data of the fleet. `platform` has a field for each slot, and a slot maps systems
to their settings:

```jsonnet
platform: {
  mesh: { envoy: { image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0', replicas: 3 } },
  observability: { prometheus: {} },
},
```

`{}` chooses a system with its defaults. An environment and a data center may have a `platform` of their own with the
same slots, which is merged over that of the place around it ([RFC 7386](https://www.rfc-editor.org/rfc/rfc7386)):
settings are merged field by field, and `null` removes a system. A cluster, a team or a manifest chooses nothing.

```jsonnet
environments: {
  dev: { platform: { mesh: { envoy: { replicas: 1 } }, observability: null } },
},
```

`sixfold systems` shows what each data center has, which line chose it, and what it needs. Of a system that is not
chosen no file is read and nothing is written. A fleet can have
[systems of its own](extending-the-library.md#systems-of-your-own).
"""


def write_systems(docs: Path) -> Path:
    """Write systems.md into a folder and return its path."""
    path = docs / "systems.md"
    path.write_text(systems_page(library_catalog(library_folder())), "utf-8")
    return path


def systems_page(catalog: Catalog) -> str:
    """Return the page: a section for each slot, with its systems and what they add."""
    lines = [OPENING]
    for name, slot in catalog.slots.items():
        lines += [f"## {name}: {slot.title}", "", _rule(slot), ""]
        systems = catalog.systems[name]
        if not systems:
            lines += ["No system yet.", ""]
            continue
        lines += [
            "| system | what it is | version | adds | needs | settings |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_row(systems[system]) for system in sorted(systems)]
        lines.append("")
    return "\n".join(lines)


def _rule(slot: Slot) -> str:
    number = "One system at a place" if slot.most == 1 else "Several systems at a place"
    default = f"; {slot.default} where none is chosen" if slot.default else ""
    return f"{slot.description[0].upper()}{slot.description[1:]}. {number}{default}."


def _row(system: System) -> str:
    about = system.about
    needs = [f"`{slot}`" + (f": {' or '.join(names)}" if names else "") for slot, names in about.needs.items()]
    needs += [f"`{api.api}`" + (f" for apps with `{api.of}`" if api.of else "") for api in about.apis]
    needs += [f"not with {', '.join(f'`{slot}.{name}`' for name in names)}" for slot, names in about.excludes.items()]
    adds = ", ".join(f"`{name}`" for name in about.functions)
    if about.carries:
        adds += f"; carries {', '.join(f'`{name}`' for name in about.carries)}"
    settings = f"[fleet.md](fleet.md#{system.slot}{system.name})"
    page = f"[{about.title}]({system.slot}/{system.name}.md)"
    return (
        f"| `{system.name}` | {page}: {about.description} | {about.version or ''} | {adds} | {'; '.join(needs)} "
        f"| {settings} |"
    )
