"""A client of one Kubernetes API server: JSON in and out, with limits on all times and sizes.

It uses the transport and the logins (service account, kubeconfig, exec plugins) of the official client, but not its
typed models: they are slow and large on lists of pods, and fail on fields of newer servers.

Not lightkube 1.0, although it is 13 MB against 118 and is imported in 125 ms against 220: its exec logins stop at
`v1beta1` and pass no `KUBERNETES_EXEC_INFO`. Not kr8s, which brings 55 MB.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubernetes.client import ApiClient, Configuration
    from urllib3.response import BaseHTTPResponse

    from sixfold_compiler.diagnostics import Json, JsonObject

__all__ = ["EXPIRED", "METADATA", "Api", "ApiError"]

CONNECT = 3.0  # seconds
SILENCE = 10.0  # seconds without a byte from the server
REQUEST = 30.0  # seconds for one request with its answer
MAX_BYTES = 32 << 20  # of one answer
MAX_PAGES = 4000  # of one list; at 250 items a page, a million
JSON = "application/json"
METADATA = JSON + ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"  # a list of objects without their content
REASON = re.compile(r"[A-Za-z]{1,40}")
EXPIRED = 410  # the status of a list whose pages were compacted away


class ApiError(Exception):
    """A failed request. `status` is the HTTP status, 0 without an answer. The text quotes nothing from the server."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"HTTP {status} ({reason})" if status else reason)


class Api:
    """A client of one API server. Its methods raise `ApiError`, also if an answer is not a JSON object."""

    def __init__(self, configuration: Configuration) -> None:
        from kubernetes.client import ApiClient
        from urllib3 import Retry

        # No retries: callers repeat requests at their own pace. No redirects: they would send the token elsewhere.
        configuration.retries = Retry(total=0, connect=0, read=0, redirect=0, other=0)
        self._client: ApiClient = ApiClient(configuration)

    def get(self, path: str, accept: str = JSON, **query: str | int) -> dict[str, Json]:
        """Return the object or list at `path`."""
        return self._request("GET", path, query, accept=accept)

    def send(self, method: str, path: str, body: JsonObject) -> dict[str, Json]:
        """Send a POST, PUT or DELETE request with `body`, and return the answer."""
        return self._request(method, path, {}, dict(body))

    def items(self, path: str, limit: int = 250, accept: str = JSON, **query: str | int) -> Iterator[dict[str, Json]]:
        """Yield the items of a list, page by page. Raises `ApiError` (410) if the list expires between pages."""
        token = ""
        for _ in range(MAX_PAGES):
            page = self.get(path, accept, limit=limit, **query, **({"continue": token} if token else {}))
            items = page.get("items")
            if items is None and "items" in page and str(page.get("kind", "")).endswith("List"):
                items = []  # a list of metadata alone without any is null in a real API server's answer
            if not isinstance(items, list):
                raise ApiError(0, "the answer is not a list")
            yield from (item for item in items if isinstance(item, dict))
            metadata = page.get("metadata")
            following = metadata.get("continue") if isinstance(metadata, dict) else None
            if not isinstance(following, str) or not following:
                return
            token = following
        raise ApiError(0, "the list has no end")

    def close(self) -> None:
        """Close the connections."""
        self._client.rest_client.pool_manager.clear()

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        body: dict[str, Json] | None = None,
        accept: str = JSON,
    ) -> dict[str, Json]:
        from urllib3.exceptions import HTTPError

        headers = {"Accept": accept, "Content-Type": JSON}
        end = time.monotonic() + REQUEST
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
            data = _body(reply.response, end)
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
            raise ApiError(0, "the answer is not a JSON object")
        return document


def _body(response: BaseHTTPResponse, end: float) -> bytes:
    """Return the body of a response. Raises `ApiError` if it is too long, or incomplete at `end` (monotonic clock)."""
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
    """Return the cause of a failed request as text, without addresses, headers or paths."""
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
        if any(name in cause for cause in chain):
            return words
    return f"the request failed ({chain[0]})"
