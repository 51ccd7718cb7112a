"""Settings: the table, the record and the environment say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator import SETTINGS, Settings
from sixfold_generator.server.options import KEEPALIVE, options

GIVEN = {"SIXFOLD_TOKEN_FILES": "/a:/b"}


def test_the_table_and_the_record_have_the_same_names_and_defaults():
    fields = set(Settings.model_fields)
    assert {setting.name for setting in SETTINGS} == fields
    assert Settings.from_environ(GIVEN) == Settings(token_files=(Path("/a"), Path("/b")))
    assert all(setting.help for setting in SETTINGS)


def test_every_wrong_setting_is_told_at_once():
    wrong = {"SIXFOLD_PORT": "0", "SIXFOLD_WORKERS": "many", "SIXFOLD_TREE": "", "SIXFOLD_CACHE_BYTES": "-1"}
    with pytest.raises(DiagnosticError) as raised:
        Settings.from_environ(wrong)
    told = " ".join(one.message for one in raised.value.diagnostics)
    assert len(raised.value.diagnostics) == 5
    assert {one.code for one in raised.value.diagnostics} == {"SF830"}
    assert all(name in told for name in [*wrong, "SIXFOLD_TOKEN_FILES"])


@pytest.mark.parametrize("files", ["", ":", "/a:/b:/c"])
def test_one_or_two_token_files_are_needed(files):
    with pytest.raises(DiagnosticError):
        Settings.from_environ({"SIXFOLD_TOKEN_FILES": files})


@pytest.mark.parametrize("text", ["sixfold", "Argo/cd", "argocd/", "/state", "argocd/a/b", f"argocd/{'a' * 101}"])
def test_the_configmaps_are_named_by_their_namespace_and_name(text):
    with pytest.raises(DiagnosticError, match="SIXFOLD_STATE_CONFIGMAP: NAMESPACE/NAME is needed, or none"):
        Settings.from_environ({**GIVEN, "SIXFOLD_STATE_CONFIGMAP": text})


def test_what_may_be_left_out_is_left_out_by_none_and_by_nothing():
    chosen = Settings.from_environ({**GIVEN, "SIXFOLD_STATE_CONFIGMAP": "argocd/sixfold", "SIXFOLD_KUBECONFIG": "/k"})
    assert (chosen.state_configmap, chosen.kubeconfig) == ("argocd/sixfold", Path("/k"))
    for text in ("none", ""):
        left = {"SIXFOLD_STATE_CONFIGMAP": text, "SIXFOLD_KUBECONFIG": text, "SIXFOLD_LIVE_ARGOCD": text}
        assert Settings.from_environ({**GIVEN, **left}) == Settings.from_environ(GIVEN)


def test_the_address_to_listen_on_must_be_said():
    with pytest.raises(DiagnosticError, match="SIXFOLD_HOST: a value is needed"):
        Settings.from_environ({**GIVEN, "SIXFOLD_HOST": ""})


def test_the_two_ports_differ():
    with pytest.raises(DiagnosticError):
        Settings.from_environ({**GIVEN, "SIXFOLD_ADMIN_PORT": "8080"})


def test_gunicorn_is_set_as_argo_cd_needs_it():
    """Idle connections outlive the 90 s of Argo CD's client, and workers give up before its 30 s."""
    chosen = options(Settings.from_environ(GIVEN))
    assert chosen["keepalive"] > 90
    assert chosen["timeout"] < 30
    assert chosen["graceful_timeout"] == 10
    assert chosen["forwarded_allow_ips"] == ""
    assert (chosen["limit_request_line"], chosen["limit_request_fields"], chosen["limit_request_field_size"]) == (
        2048,
        32,
        4096,
    )
    assert 0 < chosen["max_requests_jitter"] < chosen["max_requests"]


def test_idle_connections_outlive_the_90_seconds_of_argo_cd_s_client():
    """That gunicorn holds them so long is shown in tests/conformance, where there is time for it."""
    assert KEEPALIVE > 90
