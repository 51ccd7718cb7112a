"""The ConfigMaps of a manifest: literal data, files beside the manifest, and names that contain a content digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.manifest.layers import find

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.model.workload import Config
    from sixfold_compiler.yaml.loader import Document

__all__ = ["Configs"]

MAX_CONFIG_FILE = 900 * 1024  # bytes
_OF_GIT = frozenset({".git", "git~1"})  # the second one is its short name on Windows
MAX_CONFIG = 1024 * 1024  # bytes of all keys and values, as the API server counts them


class Configs:
    """The ConfigMaps of one manifest. Each file is read once.

    `digests` maps the paths of the files that were read to their SHA-256 digests in hexadecimal.
    """

    def __init__(self, folder: Path, head: Document, key: str) -> None:
        self._folder, self._head, self._key = folder, head, key
        self._texts: dict[str, str] = {}
        self.digests: dict[str, str] = {}

    def fill(self, app: str, config: Config, problems: list[Diagnostic]) -> JsonObject:
        """Return an entry of `spec.config` for the library, with all data and with the name of its ConfigMap.

        Args:
            app: The name of the app.
            config: The entry.
            problems: Receives an SF216 for a file that cannot be read, and for data over the size limit.
        """
        data = dict(config.data or {})
        for name, path in (config.files or {}).items():
            if path not in self._texts:
                text = self._read(path, problems)
                if text is None:
                    continue
                self._texts[path] = text
            data[name] = self._texts[path]
        if sum(len(k) + len(v.encode()) for k, v in data.items()) > MAX_CONFIG:
            problem = Diagnostic(
                "SF216",
                f"the config {config.name!r} is larger than the {MAX_CONFIG // 1024} KiB that Kubernetes stores",
                self._place("config", config.name),
                "divide it into several configs, or let the app fetch large data when it starts",
                app=self._key,
            )
            if problem not in problems:
                problems.append(problem)
        content = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(content).hexdigest()[:10]
        filled: dict[str, Json] = {"name": config.name, "objectName": f"{app}-{config.name}-{digest}", "data": data}
        if config.mount_path is not None:
            filled["mountPath"] = config.mount_path
        if config.as_env is not None:
            filled["asEnv"] = config.as_env
        return filled

    def _read(self, path: str, problems: list[Diagnostic]) -> str | None:
        span = self._find(path)
        try:
            data = _read_file(path, self._folder)
            text = data.decode()
        except (ConfinementError, OSError, UnicodeDecodeError, ValueError) as error:
            reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else unreadable(error)
            problem = Diagnostic(
                "SF216",
                f"cannot read the config file {path!r}: {reason}",
                span,
                "name a text file in the folder of the manifest",
                app=self._key,
            )
            if problem not in problems:
                problems.append(problem)
            return None
        self.digests[path] = hashlib.sha256(data).hexdigest()
        return text

    def _place(self, *path: str) -> Span:
        hit = find(self._head.record["spec"], path)
        return self._head.span(("spec", *hit[1]) if hit else ("spec",))

    def _find(self, path: str) -> Span:
        spec = self._head.record["spec"]
        places: list[tuple[ValuePath, Any]] = [(("spec",), spec)]
        places += [
            (("spec", "overrides", i, "spec"), o.get("spec") or {}) for i, o in enumerate(spec.get("overrides") or [])
        ]
        for prefix, part in places:
            for index, config in enumerate(part.get("config") or []):
                for name, value in (config.get("files") or {}).items():
                    if value == path:
                        return self._head.span((*prefix, "config", index, "files", name))
        return self._head.span(("spec",))


def _read_file(path: str, folder: Path) -> bytes:
    """Return the bytes of a config file.

    Raises:
        ConfinementError: The file is not in the folder, not a regular file, too large, or in a folder of git.
        OSError: It cannot be read.
    """
    if any(part.lower().rstrip(". ") in _OF_GIT for part in path.split("/")):
        raise ConfinementError("it is in a folder of git, which no commit can contain")
    return read_confined(folder / path, folder, MAX_CONFIG_FILE)
