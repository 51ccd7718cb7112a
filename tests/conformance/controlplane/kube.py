"""A client for one Kubernetes API server that returns every status and every warning header.

It reads a kubeconfig, so it works for the servers of `plane.py`, for kind and for any other cluster.
"""

from __future__ import annotations

import base64
import json
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import urllib3
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

MANAGER = "argocd-controller"  # an apply without Argo CD replaces all fields of this field manager
WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Reply:
    """The answer of the server. `warnings` are the texts of its warning headers, as kubectl prints them."""

    status: int
    document: dict = field(repr=False)
    warnings: tuple[str, ...]

    @property
    def good(self) -> bool:
        return 200 <= self.status <= 299

    @property
    def message(self) -> str:
        """Return the reason of a rejection, or an empty text."""
        return "" if self.good else str(self.document.get("message", self.document))


class Refused(AssertionError):  # noqa: N818 - the name is the reason
    """The server rejected a request that must succeed."""


class Kube:
    """A client of one API server. Paths are those of the API, such as `/api/v1/namespaces`."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        config = yaml.safe_load(kubeconfig.read_text())
        (cluster,) = (cluster["cluster"] for cluster in config["clusters"])
        (user,) = (user["user"] for user in config["users"])
        self.url: str = cluster["server"]
        self.ca = base64.b64decode(cluster["certificate-authority-data"])
        self.user = user
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}
        self._headers = {"Accept": "application/json"}
        if "token" in user:
            self._headers["Authorization"] = f"Bearer {user['token']}"
        with tempfile.TemporaryDirectory() as folder:  # urllib3 reads a client certificate from files only, at once
            pair = {}
            if "client-certificate-data" in user:
                for name, key in (("cert_file", "client-certificate-data"), ("key_file", "client-key-data")):
                    path = Path(folder) / name
                    path.write_bytes(base64.b64decode(user[key]))
                    pair[name] = str(path)
            context = urllib3.util.ssl_.create_urllib3_context()
            context.load_verify_locations(cadata=self.ca.decode())
            if pair:
                context.load_cert_chain(pair["cert_file"], pair["key_file"])
        self._http = urllib3.PoolManager(ssl_context=context, maxsize=8, retries=False)

    @property
    def credential(self) -> dict:
        """Return the credential of the user in the form of an ExecCredential's status."""
        if "token" in self.user:
            return {"token": self.user["token"]}
        pair = {"clientCertificateData": "client-certificate-data", "clientKeyData": "client-key-data"}
        return {name: base64.b64decode(self.user[key]).decode() for name, key in pair.items()}

    def request(self, method: str, path: str, body: object = None, *, kind: str = "application/json", **query) -> Reply:
        """Send one request. Raises urllib3's error if the connection fails."""
        url = self.url + path + (f"?{urlencode(query)}" if query else "")
        headers = {**self._headers, **({"Content-Type": kind} if body is not None else {})}
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self._http.request(method, url, body=data, headers=headers, timeout=60)
        text = answer.data.decode()
        document = json.loads(text) if text.startswith("{") else {"message": text}
        warnings = WARNING.findall(", ".join(answer.headers.getlist("Warning")))
        return Reply(answer.status, document, tuple(re.sub(r"\\(.)", r"\1", warning) for warning in warnings))

    def must(self, method: str, path: str, body: object = None, **query) -> dict:
        """Return the document of a request that must succeed; raise Refused otherwise."""
        reply = self.request(method, path, body, **query)
        if not reply.good:
            raise Refused(f"{method} {path}: {reply.status} {reply.message}")
        return reply.document

    def up(self) -> bool:
        """Return whether the server is ready."""
        try:
            return self.request("GET", "/readyz").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def path(self, document: dict) -> str:
        """Return the path of an object by the server's discovery; without a namespace it is in `default`."""
        plural, namespaced = self.resource(document["apiVersion"], document["kind"])
        metadata = document["metadata"]
        return self.collection(
            document["apiVersion"], plural, metadata.get("namespace", "default") if namespaced else None
        ) + ("/" + metadata["name"])

    def collection(self, api_version: str, plural: str, namespace: str | None = None) -> str:
        """Return the path of a list."""
        root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
        return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"

    def resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        """Return (plural, whether objects are in a namespace) of a kind."""
        if (api_version, kind) not in self._resources:
            root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
            for resource in self.must("GET", root)["resources"]:
                if "/" not in resource["name"]:
                    self._resources[api_version, resource["kind"]] = (resource["name"], resource["namespaced"])
        return self._resources[api_version, kind]

    def apply(self, document: dict, *, dry_run: bool = False, manager: str = MANAGER, force: bool = False) -> Reply:
        """Apply an object with strict validation, like `kubectl apply --server-side --validate=strict`."""
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower()}
        if dry_run:
            query["dryRun"] = "All"
        text = json.dumps(document).encode()  # the body of an apply is YAML, which includes JSON
        return self.request("PATCH", self.path(document), text, kind="application/apply-patch+yaml", **query)

    def define(self, crds: Iterable[dict], seconds: float = 180) -> None:
        """Apply CustomResourceDefinitions, and wait until discovery lists every version of their kinds.

        Discovery follows the condition `Established` by up to some seconds on a loaded machine.
        """
        applied = []
        for crd in crds:
            reply = self.apply(crd, force=True)
            if not reply.good:
                raise Refused(f"{crd['metadata']['name']}: {reply.message}")
            applied.append(crd)
        end = time.monotonic() + seconds
        for crd in applied:
            while not (self._established(crd["metadata"]["name"]) and self._discovered(crd["spec"])):
                if time.monotonic() > end:
                    raise Refused(f"{crd['metadata']['name']} is not served after {seconds} s")
                time.sleep(0.05)

    def _established(self, name: str) -> bool:
        crd = self.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name) or {}
        conditions = crd.get("status", {}).get("conditions") or []  # null before its first one
        return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)

    def _discovered(self, spec: dict) -> bool:
        for version in (version["name"] for version in spec["versions"] if version["served"]):
            reply = self.request("GET", f"/apis/{spec['group']}/{version}")
            kinds = {resource["kind"] for resource in reply.document.get("resources", ())} if reply.good else set()
            if spec["names"]["kind"] not in kinds:
                return False
        return True

    def items(self, api_version: str, kind: str, namespace: str = "", **query) -> list[dict]:
        """Return all objects of a kind."""
        plural, _ = self.resource(api_version, kind)
        return self.must("GET", self.collection(api_version, plural, namespace or None), **query)["items"]

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict | None:
        """Return one object, or None."""
        plural, _ = self.resource(api_version, kind)
        reply = self.request("GET", f"{self.collection(api_version, plural, namespace or None)}/{name}")
        if reply.status == 404:
            return None
        assert reply.good, reply.message
        return reply.document

    def delete(self, api_version: str, kind: str, name: str, namespace: str = "") -> Reply:
        plural, _ = self.resource(api_version, kind)
        return self.request("DELETE", f"{self.collection(api_version, plural, namespace or None)}/{name}")
