"""A cache of finished replies: the same query about the same snapshot costs a lookup."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_generator.plugin.answer import answer

if TYPE_CHECKING:
    from sixfold_generator.plugin.catalog import Catalog
    from sixfold_generator.plugin.query import Query, QueryKey

__all__ = ["Reply", "ReplyCache"]

SMALL = 1024  # bytes; gzip gains nothing below
LEVEL = 1  # 17 MB in 80 ms to 3.3 MB; level 6 takes 200 ms for 2.4 MB, and the other requests of the worker wait


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes to send, whether they are gzipped, and the number of parameter sets in them."""

    body: bytes
    sets: int
    gzipped: bool


class ReplyCache:
    """The replies of one worker: at most `limit` bytes of bodies, the least recently used are evicted first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._catalog: Catalog | None = None
        self._replies: OrderedDict[tuple[QueryKey, bool], Reply] = OrderedDict()

    def get(self, catalog: Catalog, query: Query, *, gzipped: bool) -> Reply:
        """Return the reply to `query` from `catalog`; `gzipped` is whether the client takes gzip.

        A catalog other than that of the last call empties the cache. Raises `Refusal`, which is not cached.
        """
        if catalog is not self._catalog:
            self._replies.clear()
            self._used = 0
            self._catalog = catalog
        key = (query.key, gzipped)
        if (cached := self._replies.get(key)) is not None:
            self._replies.move_to_end(key)
            return cached
        body, sets = answer(catalog, query)
        if gzipped := gzipped and len(body) >= SMALL:
            body = gzip.compress(body, LEVEL, mtime=0)
        reply = Reply(body, sets, gzipped)
        if len(body) <= self._limit:
            self._replies[key] = reply
            self._used += len(body)
            while self._used > self._limit:
                self._used -= len(self._replies.popitem(last=False)[1].body)
        return reply
