"""One Kubernetes API server, by the official client: JSON in and out, every wait and every size bounded.

The client's typed models are left aside: they cost much time and memory on lists of pods, and an object that a newer
server extends must not make a reading fail. Logins (service account, kubeconfig, exec plugins) are the client's own.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubernetes.client import ApiClient, Configuration

__all__ = ["EXPIRED", "METADATA", "Api", "ApiError"]

CONNECT = 3.0  # seconds
SILENCE = 10.0  # seconds that a server may say nothing
WHOLE = 30.0  # seconds for one request, however slowly its answer drips
MAX_BYTES = 32 << 20  # of one answer
MAX_PAGES = 4000  # of one list; at 250 items a page, a million
JSON = "application/json"
METADATA = JSON + ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"  # a list without what is in its objects
REASON = re.compile(r"[A-Za-z]{1,40}")
EXPIRED = 410  # the status of a list whose pages were compacted away


class ApiError(Exception):
    """A request that failed: `status` is HTTP's, or 0 when no answer came. The text holds nothing the server wrote."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"HTTP {status} ({reason})" if status else reason)


class Api:
    """One API server. Methods raise `ApiError`; an answer that is no JSON object is one as well."""

    def __init__(self, configuration: Configuration, *, whole: float = WHOLE) -> None:
        from kubernetes.client import ApiClient
        from urllib3 import Retry

        # No retries here: callers have a rhythm of their own. No redirects: they would carry the token elsewhere.
        configuration.retries = Retry(total=0, connect=0, read=0, redirect=0, other=0)
        self._client: ApiClient = ApiClient(configuration)
        self._whole = whole

    def get(self, path: str, accept: str = JSON, **query: str | int) -> dict[str, Any]:
        """The object or list at `path`."""
        return self._request("GET", path, query, accept=accept)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Creates (POST), replaces (PUT) or deletes (DELETE) an object."""
        return self._request(method, path, {}, dict(body))

    def items(self, path: str, limit: int = 250, accept: str = JSON, **query: str | int) -> Iterator[dict[str, Any]]:
        """The items of a list, fetched a page at a time. A list that expires on the way raises `ApiError` (410)."""
        token = ""
        for _ in range(MAX_PAGES):
            page = self.get(path, accept, limit=limit, **query, **({"continue": token} if token else {}))
            items = page.get("items")
            if items is None and "items" in page and str(page.get("kind", "")).endswith("List"):
                items = []  # a list of metadata alone without any is null in a real API server's answer
            if not isinstance(items, list):
                raise ApiError(0, "the answer is no list")
            yield from (item for item in items if isinstance(item, dict))
            metadata = page.get("metadata")
            token = metadata.get("continue") or "" if isinstance(metadata, dict) else ""
            if not isinstance(token, str) or not token:
                return
        raise ApiError(0, "the list has no end")

    def close(self) -> None:
        """Lets go of the connections."""
        self._client.rest_client.pool_manager.clear()

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        body: dict[str, Any] | None = None,
        accept: str = JSON,
    ) -> dict[str, Any]:
        from urllib3.exceptions import HTTPError

        headers = {"Accept": accept, "Content-Type": JSON}
        end = time.monotonic() + self._whole
        try:
            request = self._client.param_serialize(
                method,
                path,
                query_params=list(query.items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            reply = self._client.call_api(*request, _request_timeout=(CONNECT, SILENCE))
            data = _whole(reply.response, end)
        except (HTTPError, OSError) as error:
            raise ApiError(0, _words(error)) from error
        except ApiError:
            raise
        except Exception as error:  # whatever an exec plugin or the client's own code makes of a bad answer
            raise ApiError(0, f"the request failed ({type(error).__name__})") from error
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            document = None
        if not 200 <= reply.status <= 299:
            reason = document.get("reason") if isinstance(document, dict) else None
            known = isinstance(reason, str) and REASON.fullmatch(reason)
            raise ApiError(reply.status, str(reason) if known else "no reason given")
        if not isinstance(document, dict):
            raise ApiError(0, "the answer is no JSON object")
        return document


def _whole(response: Any, end: float) -> bytes:
    """The body of a response. Raises `ApiError` when it is too long, or not there by `end`."""
    parts: list[bytes] = []
    size = 0
    try:
        while part := response.read1(1 << 16, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES or time.monotonic() > end:
                break
    except BaseException:
        response.close()
        raise
    if part:
        response.close()
        raise ApiError(0, "the answer is too long" if size > MAX_BYTES else "the answer took too long")
    response.release_conn()
    return b"".join(parts)


def _words(error: Exception) -> str:
    """What happened, in words that hold no address, header or path."""
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 6:
        chain.append(type(seen).__name__)
        inner = getattr(seen, "reason", None)
        seen = inner if isinstance(inner, BaseException) else seen.__cause__ or seen.__context__
    for name, words in (
        ("Timeout", "it does not answer in time"),
        ("SSL", "its certificate is not trusted, or TLS failed"),
        ("NameResolution", "its name cannot be resolved"),
        ("IncompleteRead", "the answer broke off"),
        ("ProtocolError", "the answer broke off"),
        ("NewConnection", "it cannot be reached"),
        ("ConnectionRefused", "it cannot be reached"),
    ):
        if any(name in one for one in chain):
            return words
    return f"the request failed ({chain[0]})"
