"""A log line is one line of JSON with sorted keys, written at once."""

from __future__ import annotations

import io
import json
import re

from sixfold_generator.service.logs import Log


def test_a_line_has_its_fields_its_level_and_a_time_in_utc():
    stream = io.BytesIO()
    log = Log(stream)
    log.info("request", status=200, message="é\n", params={"unit": "app", "team": ["ads"]})
    log.error("internal", trace="x")
    first, second = stream.getvalue().splitlines(keepends=True)
    assert first.endswith(b"\n")
    timestamp = json.loads(first)["timestamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", timestamp)
    assert first.decode() == (
        '{"event":"request","level":"info","message":"é\\n","params":{"team":["ads"],"unit":"app"},"status":200,'
        f'"timestamp":"{timestamp}"}}\n'
    )
    assert {key: value for key, value in json.loads(second).items() if key != "timestamp"} == {
        "event": "internal", "level": "error", "trace": "x",
    }  # fmt: skip


def test_a_line_is_in_the_stream_at_once(tmp_path):
    """A worker may be killed at any time, and the last lines say why."""
    path = tmp_path / "log"
    with path.open("wb") as stream:
        Log(stream).info("request")
        assert json.loads(path.read_bytes())["event"] == "request"
