"""The outcomes of a plugin request, in one table for replies, metrics, the log and the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OUTCOMES", "REFUSED", "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An HTTP status and its meaning. `elsewhere` marks an outcome that no POST on the plugin's path has."""

    status: int
    meaning: str
    elsewhere: bool = False


OUTCOMES: Mapping[str, Outcome] = {
    "ok": Outcome(200, "The parameter sets that were asked for, sorted by name."),
    "bad-request": Outcome(400, "The request is wrong, whatever is adopted: its body is not what this document says."),
    "unauthorized": Outcome(401, "No valid bearer token. Every cause reads the same."),
    "not-found": Outcome(404, "There is nothing at this path.", elsewhere=True),
    "unknown-name": Outcome(404, "Nothing that is adopted has that name, or no cluster has all of these names."),
    "would-be-empty": Outcome(404, "The list would be empty, and the inventory does not say that this is on purpose."),
    "bad-method": Outcome(405, "Only POST is answered.", elsewhere=True),
    "too-slow": Outcome(408, "The body took too long to arrive."),
    "held": Outcome(409, "A team is held back with its old unit of Application, and is not answered in a new one."),
    "too-large": Outcome(413, "The body is over the limit; it is not parsed."),
    "error": Outcome(500, "The generator failed; its log has the trace."),
    "nothing-adopted": Outcome(503, "Nothing is adopted, or the adopted state is damaged: there is no list to give."),
}

# The replies of gunicorn itself, on both listeners, before the application sees the request.
REFUSED: Mapping[int, str] = {
    400: "It is not HTTP: the request line, a header, a length or a chunk is malformed.",
    414: "The request line is too long.",
    417: "An expectation other than 100-continue.",
    431: "The headers are too many or too long.",
    501: "A transfer coding other than chunked.",
}
