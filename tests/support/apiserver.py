"""A recorded API server: the paths of the Kubernetes API that Sixfold uses, served by a real HTTP server on loopback.

It is *not* a kube-apiserver. Its answers have the shapes that the API reference documents (lists with `continue`, Status
objects, resourceVersion compare-and-set, immutable ConfigMaps, the 1 MiB limit, PartialObjectMetadataList), and faults
can be injected before any request. Tests against it cannot see that it accepts a request which a real one would reject, so the
ConfigMap suite runs against a real one too.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-that-must-never-be-seen"
MAX_CONFIGMAP = 1 << 20
CONFIGMAPS = re.compile(r"/api/v1/namespaces/([^/]+)/configmaps(?:/([^/]+))?")
SECRETS = re.compile(r"/api/v1/namespaces/([^/]+)/secrets")


class ApiServer:
    """The server, as a context manager. `nodes`, `pods`, `secrets` are lists; `configmaps` is {(namespace, name): object}."""

    def __init__(self, port=0):
        self.nodes, self.pods, self.secrets, self.configmaps = [], [], [], {}
        self.requests = []  # (method, path, query)
        self.faults = []  # [method, regular expression of the path, action, how often]
        self.before = None  # called as (method, path) before a request is served, outside the lock
        self.page = 500
        self.lock = threading.RLock()
        self._version = 100
        self._port = port

    def __enter__(self):
        self._http = _Server(("127.0.0.1", self._port), _handler(self))
        self._port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self._port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def fail(self, action, method=".*", path=".*", times=1):
        """Answer the next `times` requests that match with `action`.

        It is a status, "slow", "cut", "close", "lost" (done, but not answered), "garbage", a URL to redirect to, or a
        callable.
        """
        self.faults.append([method, path, action, times])

    def kubeconfig(self, file, *contexts, token=TOKEN, exec_=None):
        """Write a kubeconfig whose contexts all lead to this server; the first one is the current one."""
        user = {"exec": exec_} if exec_ else {"token": token}
        names = contexts or ("main",)
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": names[0],
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in names],
        }
        file.write_text(json.dumps(document))
        return file

    # The handlers of single requests: each returns (status, document).

    def serve(self, method, path, query, body, accept):
        with self.lock:
            if path == "/api/v1/nodes":
                return self._list("NodeList", self.nodes, query)
            if path == "/api/v1/pods":
                wanted = query.get("fieldSelector", "")
                ended = [phase for phase in ("Succeeded", "Failed") if f"status.phase!={phase}" in wanted]
                pods = [pod for pod in self.pods if pod.get("status", {}).get("phase") not in ended]
                return self._list("PodList", pods, query)
            if match := SECRETS.fullmatch(path):
                content = [
                    secret for secret in self.secrets if secret["metadata"].get("namespace", "argocd") == match[1]
                ]
                return self._list("SecretList", [item for item in content if _selected(item, query)], query)
            if match := CONFIGMAPS.fullmatch(path):
                return self._configmap(method, match[1], match[2], query, body, accept)
        return _status(404, "NotFound")

    def _configmap(self, method, namespace, name, query, body, accept):
        if method == "GET" and name is None:
            items = [configmap for (space, _), configmap in sorted(self.configmaps.items()) if space == namespace]
            items = [item for item in items if _selected(item, query)]
            if "PartialObjectMetadataList" in accept:
                items = [{"metadata": item["metadata"]} for item in items]
                status, content = self._list("PartialObjectMetadataList", items, query)
                return status, {**content, "items": content["items"] or None}  # null if there are none, as Go writes it
            return self._list("ConfigMapList", items, query)
        if method == "POST":
            name = body["metadata"]["name"]
        content = self.configmaps.get((namespace, name))
        if method == "POST" and content is not None:
            return _status(409, "AlreadyExists")
        if method != "POST" and content is None:
            return _status(404, "NotFound")
        if method == "GET":
            return 200, content
        if method == "DELETE":
            del self.configmaps[namespace, name]
            return 200, {"kind": "Status", "status": "Success"}
        size = sum(len(text) for text in body.get("data", {}).values())
        size += sum(len(base64.b64decode(text)) for text in body.get("binaryData", {}).values())
        if size > MAX_CONFIGMAP:
            return _status(422, "Invalid")
        if method == "PUT":
            if content.get("immutable"):
                return _status(422, "Invalid")
            asked = body["metadata"].get("resourceVersion")
            if asked and asked != content["metadata"]["resourceVersion"]:
                return _status(409, "Conflict")
        self._version += 1
        stored = json.loads(json.dumps(body))
        stored["metadata"] |= {"namespace": namespace, "resourceVersion": str(self._version)}
        self.configmaps[namespace, name] = stored
        return (201 if method == "POST" else 200), stored

    def _list(self, kind, items, query):
        start = int(query.get("continue") or 0)
        limit = min(int(query.get("limit") or self.page), self.page)
        remaining = start + limit < len(items)
        metadata = {"resourceVersion": str(self._version), **({"continue": str(start + limit)} if remaining else {})}
        return 200, {"kind": kind, "apiVersion": "v1", "metadata": metadata, "items": items[start : start + limit]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """Ignore a client that closed its connection."""


def _selected(item, query):
    labels = item["metadata"].get("labels", {})
    wanted = dict(part.split("=", 1) for part in query.get("labelSelector", "").split(",") if part)
    return all(labels.get(key) == value for key, value in wanted.items())


def _status(code, reason):
    return code, {
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "message": f"{reason}: {TOKEN}",
        "code": code,
    }


class _Handler(BaseHTTPRequestHandler):
    """The handler of HTTP requests for `api`, an `ApiServer`."""

    api = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Print nothing."""

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_PUT(self):
        self.answer("PUT")

    def do_DELETE(self):
        self.answer("DELETE")

    def answer(self, method):
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.api.requests.append((method, parts.path, query))
        if self.api.before is not None:
            self.api.before(method, parts.path)
        action = self.fault(method, parts.path)
        if action == "close":
            self.close_connection = True
            return None
        if isinstance(action, str) and action.startswith("http"):  # a redirect
            self.send_response(307)
            self.send_header("Location", action + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if action == "slow":
            time.sleep(30)
        if isinstance(action, int):
            return self.reply(*_status(action, {403: "Forbidden", 429: "TooManyRequests"}.get(action, "InternalError")))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.reply(*_status(401, "Unauthorized"))
        if action == "garbage":
            return self.send(200, b"<html>not the API</html>")
        document = json.loads(body) if body else None
        status, content = self.api.serve(method, parts.path, query, document, self.headers.get("Accept", ""))
        if callable(action):
            status, content = action(status, content)
        if action == "lost":  # the request was served, but the client gets no answer
            self.close_connection = True
            return None
        return self.reply(status, content, cut=action == "cut")

    def fault(self, method, path):
        with self.api.lock:
            for fault in self.api.faults:
                if fault[3] and re.fullmatch(fault[0], method) and re.fullmatch(fault[1], path):
                    fault[3] -= 1
                    return fault[2]
        return None

    def reply(self, status, document, *, cut=False):
        self.send(status, json.dumps(document).encode(), cut=cut)

    def send(self, status, data, *, cut=False):
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            self.close_connection = self.close_connection or cut


def _handler(server):
    """Return the handler class of one server."""
    return type("Handler", (_Handler,), {"api": server})


def node(name, cpu="4", memory="16Gi", pods="110", *, ready=True, cordoned=False):
    """Return a node in the form of the API reference."""
    return {
        "metadata": {"name": name},
        "spec": {"unschedulable": True} if cordoned else {},
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory, "pods": pods, "ephemeral-storage": "47093746742"},
            "conditions": [
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": "True" if ready else "Unknown"},
            ],
        },
    }


def pod(cpu="100m", memory="128Mi", *, node="n", phase="Running", init=(), **spec):
    """Return a pod with one container, and init containers given as (cpu, memory, always restarts)."""
    return {
        "metadata": {"name": "p", "namespace": "x"},
        "spec": {
            **({"nodeName": node} if node else {}),
            "containers": [_container(cpu, memory)],
            "initContainers": [
                _container(c, m, **({"restartPolicy": "Always"} if always else {})) for c, m, always in init
            ],
            **spec,
        },
        "status": {"phase": phase},
    }


def _container(cpu, memory, **fields):
    return {"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}, **fields}


def cluster_secret(name, server, **annotations):
    """Return a cluster Secret in the form of Argo CD, with a credential that must never leave it."""
    config = json.dumps({"bearerToken": TOKEN})
    data = {"name": name, "server": server, "config": config}
    return {
        "metadata": {
            "name": f"cluster-{name}",
            "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
            "annotations": annotations,
        },
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }
