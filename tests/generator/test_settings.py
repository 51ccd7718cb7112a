"""Settings from the environment: defaults, bounds, and every invalid value as a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator import SETTINGS, Settings
from tests.support.signing import new_key

GIVEN = {"SIXFOLD_TOKEN_FILES": "/a:/b"}


def test_the_environment_and_the_model_have_the_same_defaults():
    fields = set(Settings.model_fields)
    assert {setting.name for setting in SETTINGS} == fields
    assert Settings.from_environ(GIVEN) == Settings(token_files=(Path("/a"), Path("/b")))
    assert all(setting.help for setting in SETTINGS)


def test_every_invalid_setting_is_a_finding():
    wrong = {"SIXFOLD_PORT": "0", "SIXFOLD_WORKERS": "many", "SIXFOLD_TREE": "", "SIXFOLD_CACHE_BYTES": "-1"}
    with pytest.raises(DiagnosticError) as raised:
        Settings.from_environ(wrong)
    messages = " ".join(diagnostic.message for diagnostic in raised.value.diagnostics)
    assert len(raised.value.diagnostics) == 5
    assert {diagnostic.code for diagnostic in raised.value.diagnostics} == {"SF830"}
    assert all(name in messages for name in [*wrong, "SIXFOLD_TOKEN_FILES"])


BOUNDS = {
    "LIVE_SECONDS": (5, 86400), "PORT": (1, 65535), "ADMIN_PORT": (1, 65535), "WORKERS": (1, 64), "POLL_SECONDS": (1, 3600),
    "RETRY_SECONDS": (1, 86400), "STALE_SECONDS": (1, 86400), "CACHE_BYTES": (0, 1 << 40), "MAX_REQUESTS": (0, 10**9),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_outside_its_bounds_is_refused(name):
    low, high = BOUNDS[name]
    variable = f"SIXFOLD_{name}"
    for value in (low, high):
        assert getattr(Settings.from_environ({**GIVEN, variable: str(value)}), name.lower()) == value
    for value in (low - 1, high + 1):
        with pytest.raises(DiagnosticError, match=rf"{variable} must be a whole number from {low} to {high}"):
            Settings.from_environ({**GIVEN, variable: str(value)})


def test_every_number_has_its_bounds_in_this_test():
    numbers = {name for name, field in Settings.model_fields.items() if field.annotation is int}
    assert {name.lower() for name in BOUNDS} == numbers


@pytest.mark.parametrize("text", [" 80", "80_80", "+80", "8e1", "80.0", "٨٠", "0x50", "80\n"])
def test_only_plain_digits_are_a_number(text):
    with pytest.raises(DiagnosticError, match="SIXFOLD_PORT must be a whole number"):
        Settings.from_environ({**GIVEN, "SIXFOLD_PORT": text})


@pytest.mark.parametrize("files", ["", ":", "/a:/b:/c"])
def test_no_or_three_token_files_are_refused(files):
    with pytest.raises(DiagnosticError):
        Settings.from_environ({"SIXFOLD_TOKEN_FILES": files})


@pytest.mark.parametrize("text", ["sixfold", "Argo/cd", "argocd/", "/state", "argocd/a/b", f"argocd/{'a' * 101}"])
def test_a_configmap_without_namespace_and_name_is_refused(text):
    with pytest.raises(DiagnosticError, match="SIXFOLD_STATE_CONFIGMAP must be NAMESPACE/NAME, or none"):
        Settings.from_environ({**GIVEN, "SIXFOLD_STATE_CONFIGMAP": text})


def test_none_and_an_empty_value_leave_an_optional_setting_out():
    chosen = Settings.from_environ({**GIVEN, "SIXFOLD_STATE_CONFIGMAP": "argocd/sixfold", "SIXFOLD_KUBECONFIG": "/k"})
    assert (chosen.state_configmap, chosen.kubeconfig) == ("argocd/sixfold", Path("/k"))
    for text in ("none", ""):
        left = {"SIXFOLD_STATE_CONFIGMAP": text, "SIXFOLD_KUBECONFIG": text, "SIXFOLD_LIVE_ARGOCD": text}
        assert Settings.from_environ({**GIVEN, **left}) == Settings.from_environ(GIVEN)


def test_an_empty_host_is_refused():
    with pytest.raises(DiagnosticError, match="SIXFOLD_HOST must not be empty"):
        Settings.from_environ({**GIVEN, "SIXFOLD_HOST": ""})


def test_equal_ports_are_refused():
    with pytest.raises(DiagnosticError):
        Settings.from_environ({**GIVEN, "SIXFOLD_ADMIN_PORT": "8080"})


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"METRICS": "/data", "STATE": "/data"}, "SIXFOLD_METRICS (/data) and SIXFOLD_STATE (/data)"),
        ({"METRICS": "/data", "STATE": "/data/state"}, "SIXFOLD_METRICS (/data) and SIXFOLD_STATE (/data/state)"),
        ({"METRICS": "/data/m", "STATE": "/data"}, "SIXFOLD_METRICS (/data/m) and SIXFOLD_STATE (/data)"),
        ({"METRICS": "/x/../data/m", "STATE": "/data"}, "SIXFOLD_METRICS (/x/../data/m) and SIXFOLD_STATE (/data)"),
        ({"METRICS": "/git/link/m"}, "SIXFOLD_METRICS (/git/link/m) and SIXFOLD_TREE (/git/link)"),
        ({"STATE": "/git/link"}, "SIXFOLD_STATE (/git/link) and SIXFOLD_TREE (/git/link)"),
        ({"METRICS": "/t", "TOKEN_FILES": "/t/token"}, "SIXFOLD_METRICS (/t) and SIXFOLD_TOKEN_FILES (/t/token)"),
        ({"METRICS": "/k", "KUBECONFIG": "/k/config"}, "SIXFOLD_METRICS (/k) and SIXFOLD_KUBECONFIG (/k/config)"),
    ],
)
def test_folders_that_hold_each_other_are_refused(given, names):
    with pytest.raises(DiagnosticError) as raised:
        Settings.from_environ({**GIVEN, **{f"SIXFOLD_{name}": value for name, value in given.items()}})
    (problem,) = raised.value.diagnostics
    assert (problem.code, problem.message) == ("SF830", f"{names} lie in each other")


KEYS = [new_key(number).public.line for number in (1, 2, 3)]
TRUST = {
    "SIXFOLD_TRUSTED_KEYS": KEYS[0],
    "SIXFOLD_TRUSTED_FLEET": "example",
    "SIXFOLD_TRUSTED_REPOSITORY": "https://git.example.com/deploy.git",
}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (KEYS[0], KEYS[:1]), (f"{KEYS[0]},{KEYS[1]}", KEYS[:2]), (f"\n {KEYS[0]} CI\n{KEYS[1]}\n", [f"{KEYS[0]} CI", KEYS[1]]),
        (f"{KEYS[0]} , ", KEYS[:1]),
    ],
)  # fmt: skip
def test_one_or_two_public_keys_are_trusted(text, keys):
    chosen = Settings.from_environ({**GIVEN, **TRUST, "SIXFOLD_TRUSTED_KEYS": text})
    assert list(chosen.trusted_keys) == keys
    assert (chosen.trusted_fleet, chosen.trusted_repository) == ("example", "https://git.example.com/deploy.git")


@pytest.mark.parametrize(
    "text", [",", " ", "\n", "x", f"{KEYS[0]},x", ",".join(KEYS), KEYS[0].replace("ssh-ed25519", "ssh-rsa")]
)
def test_anything_else_is_no_trusted_key(text):
    """A text without keys would trust everybody."""
    with pytest.raises(DiagnosticError, match="SIXFOLD_TRUSTED_KEYS must be one or two Ed25519 public keys"):
        Settings.from_environ({**GIVEN, **TRUST, "SIXFOLD_TRUSTED_KEYS": text})


@pytest.mark.parametrize("empty", ["", "none"])
def test_without_keys_nobody_is_trusted_more_than_others(empty):
    assert Settings.from_environ({**GIVEN, **dict.fromkeys(TRUST, empty)}) == Settings.from_environ(GIVEN)


@pytest.mark.parametrize("left", [["KEYS"], ["FLEET"], ["REPOSITORY"], ["FLEET", "REPOSITORY"], ["KEYS", "FLEET"]])
def test_keys_a_fleet_and_a_repository_are_set_together(left):
    with pytest.raises(DiagnosticError) as raised:
        Settings.from_environ({**GIVEN, **TRUST, **{f"SIXFOLD_TRUSTED_{name}": "none" for name in left}})
    (problem,) = raised.value.diagnostics
    names = " and ".join(f"SIXFOLD_TRUSTED_{name}" for name in left)
    text = f"trusted keys sign for one fleet and one repository, and {names} is not set"
    assert (problem.code, problem.message) == ("SF830", text)


def test_folders_beside_each_other_are_accepted():
    given = {"SIXFOLD_METRICS": "/data/metrics", "SIXFOLD_STATE": "/data/state", "SIXFOLD_TREE": "/data/metrics-tree"}
    assert Settings.from_environ({**GIVEN, **given}).state == Path("/data/state")
