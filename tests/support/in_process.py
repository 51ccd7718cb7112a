"""The service's application in this process, with Flask's test client for either of its ports."""

from __future__ import annotations

import io
import json
from datetime import date

from sixfold_generator import Settings, create_app
from sixfold_generator.adoption.run import run
from sixfold_generator.service.logs import Log
from tests.support.generator import PATH, TOKEN

TODAY = date(2026, 11, 24)


class InProcess:
    """The application on a state folder in which the tree of `spec`, if any, is adopted."""

    def __init__(self, folder, spec=None, **settings):
        if spec is not None:
            run(spec.write(folder / "tree"), folder / "state", today=TODAY)
        (folder / "token").write_text(TOKEN)
        self.settings = Settings(
            token_files=(folder / "token",), tree=folder / "tree", state=folder / "state", **settings
        )
        self.app = create_app(self.settings)
        self.service = self.app.extensions["sixfold"]
        self.stream = io.BytesIO()
        self.service.log = Log(self.stream)

    @property
    def lines(self):
        """Return the lines of the log so far."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def plugin(self, method="POST", path=PATH, body=b"", *, token=TOKEN, headers=(), **options):
        """Send a request to the plugin's port."""
        fields = {"Authorization": f"Bearer {token}", **dict(headers)}
        return self._open(self.settings.port, method, path, body, fields, options)

    def ask(self, parameters=None, *, name="test", **options):
        """Ask the plugin for parameter sets."""
        document = {"applicationSetName": name, "input": {} if parameters is None else {"parameters": parameters}}
        return self.plugin(body=json.dumps(document).encode(), **options)

    def admin(self, path, method="GET", **headers):
        """Send a request to the admin port."""
        return self._open(self.settings.admin_port, method, path, b"", headers, {})

    def _open(self, port, method, path, body, headers, options):
        return self.app.test_client().open(
            path, method=method, data=body, headers=headers, base_url=f"http://localhost:{port}", **options
        )
