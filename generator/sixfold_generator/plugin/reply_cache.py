"""Finished answers, kept: the same question about the same snapshot costs a lookup."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_generator.plugin.answer import answer

if TYPE_CHECKING:
    from sixfold_generator.plugin.catalog import Catalog
    from sixfold_generator.plugin.query import Query

__all__ = ["Replies", "Reply"]

SMALL = 1024  # bytes; below it gzip gains nothing
LEVEL = 1  # 17 MB in 80 ms to 3.3 MB; level 6 takes 200 ms for 2.4 MB, and the other requests of the worker wait


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes to send, whether they are gzipped, and how many sets they hold."""

    body: bytes
    sets: int
    gzipped: bool


class Replies:
    """The replies of one worker, at most `limit` bytes of them, least recently used ones first to go."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._catalog: Catalog | None = None
        self._kept: OrderedDict[tuple[object, bool], Reply] = OrderedDict()

    def get(self, catalog: Catalog, query: Query, *, gzipped: bool) -> Reply:
        """The reply to `query` from `catalog`. Raises `Refusal`, which is not kept."""
        if catalog is not self._catalog:
            self._kept.clear()
            self._used = 0
            self._catalog = catalog
        key = (query.key, gzipped)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        found = answer(catalog, query)
        small = len(found.body) < SMALL or not gzipped
        body = found.body if small else gzip.compress(found.body, LEVEL, mtime=0)
        reply = Reply(body, found.sets, not small)
        if len(body) <= self._limit:
            self._kept[key] = reply
            self._used += len(body)
            while self._used > self._limit:
                self._used -= len(self._kept.popitem(last=False)[1].body)
        return reply
