"""A model of Argo CD's ApplicationSet controller that counts how often it creates and deletes each Application."""

from __future__ import annotations

import http.client
import json

from tests.support.generator import PATH, TOKEN


class Controller:
    """A controller that creates the Applications of an answer and deletes all others; an error changes nothing."""

    def __init__(self) -> None:
        self.applications: set[str] = set()
        self.created: dict[str, int] = {}
        self.deleted: dict[str, int] = {}
        self.errors = 0
        self.answers = 0

    def reconcile(self, port: int) -> None:
        """Ask the pod at a port once, and apply its answer."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(
                "POST", PATH, b'{"applicationSetName":"flip","input":{}}\n', {"Authorization": f"Bearer {TOKEN}"}
            )
            response = connection.getresponse()
            body = response.read()
            connection.close()
        except (OSError, http.client.HTTPException):
            self.errors += 1
            return
        if response.status // 100 != 2:
            self.errors += 1
            return
        self.answers += 1
        named = {entry["name"] for entry in json.loads(body)["output"]["parameters"]}
        for name in named - self.applications:
            self.created[name] = self.created.get(name, 0) + 1
        for name in self.applications - named:
            self.deleted[name] = self.deleted.get(name, 0) + 1
        self.applications = named
