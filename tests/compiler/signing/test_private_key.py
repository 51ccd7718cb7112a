"""The key of `compile --sign`: where it is read from, and what is refused."""

from __future__ import annotations

import io
import os
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.signing.private_key import read_private_key
from sixfold_compiler.signing.sshsig import Signature
from tests.support.signing import key_file, new_key, ssh_keygen, text_of

KEY = new_key()
TEXT = text_of(KEY.secret)
CREATE = "create a key for this purpose: ssh-keygen -t ed25519 -N '' -C sixfold -f sixfold-signing"


def refusal(source) -> tuple[str, str]:
    with pytest.raises(DiagnosticError) as error:
        read_private_key(str(source))
    (problem,) = error.value.diagnostics
    assert problem.code == "SF735"
    return problem.message, problem.help


def given(monkeypatch, data: bytes) -> str:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return "-"


def test_a_key_is_read_from_a_file_standard_input_and_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY", TEXT.decode())
    for source in (str(key_file(tmp_path / "key")), given(monkeypatch, TEXT), "env:KEY"):
        key = read_private_key(source)
        assert key.public == KEY.public
        assert Signature.parse(key.sign(b"x")).signs(b"x")
    assert "KEY" not in os.environ, "no child of the compile inherits it"
    assert "Ed25519PrivateKey" not in repr(key)


@pytest.mark.parametrize("change", [bytes.strip, lambda t: t.replace(b"\n", b"\r\n"), lambda t: b"\n " + t + b"\n\n"])
def test_white_space_that_forms_add_does_not_matter(monkeypatch, change):
    assert read_private_key(given(monkeypatch, change(TEXT))).public == KEY.public


def test_a_key_that_ssh_keygen_creates_is_read(tmp_path):
    path = tmp_path / "key"
    ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", "CI", "-f", path)
    assert read_private_key(str(path)).public.line == (tmp_path / "key.pub").read_text().removesuffix(" CI\n")


@pytest.mark.parametrize(
    ("mode", "readable"), [(0o604, True), (0o640, True), (0o620, True), (0o601, True), (0o400, False)]
)
def test_a_file_that_others_may_use_is_refused_as_ssh_does(tmp_path, mode, readable):
    path = key_file(tmp_path / "key", mode=mode)
    if not readable:
        assert read_private_key(str(path)).public == KEY.public
        return
    text, hint = refusal(path)
    assert text == f"{path} may be read by other users"
    assert hint == f"run `chmod 600 {path}`, or pass the key with --sign -"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nowhere", "it does not exist"), ("folder", "it is a folder"), ("a\0b", "its name contains a NUL character")],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path, monkeypatch, name, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    text, hint = refusal(name)
    assert text == f"{name} cannot be read: {reason}"
    assert hint.endswith(CREATE)


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_an_unset_or_empty_variable_is_named(monkeypatch, value):
    monkeypatch.delenv("KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("KEY", value)
    assert refusal("env:KEY") == ("the variable KEY has no key", f"set it to the text of the key; {CREATE}")
    assert refusal("env:")[0] == "the variable of --sign has no key"


def test_each_key_that_cannot_sign_is_refused_with_its_kind(tmp_path, monkeypatch):
    keys = {
        "is a key of the kind RSA, and trees are signed with Ed25519": text_of(rsa.generate_private_key(65537, 1024)),
        "is a key of the kind EC, and trees are signed with Ed25519": text_of(ec.generate_private_key(ec.SECP256R1())),
        "is not a private key in the format of OpenSSH": TEXT[:150],
        "is a public key": KEY.public.line.encode(),
    }
    for words, data in keys.items():
        assert refusal(given(monkeypatch, data))[0] == f"the key on standard input {words}"
        path = tmp_path / "key"
        path.write_bytes(data)
        path.chmod(0o600)
        assert refusal(path)[0] == f"{path} {words}"
    monkeypatch.setenv("KEY", "x")
    text, hint = refusal("env:KEY")
    assert (text, hint) == ("the key in KEY is not a private key in the format of OpenSSH", CREATE)


def test_an_encrypted_key_is_refused(tmp_path):
    path = tmp_path / "key"
    ssh_keygen("-q", "-t", "ed25519", "-N", "secret", "-a", 1, "-f", path)
    assert refusal(path) == (f"{path} is encrypted", f"sign with a key that needs no passphrase; {CREATE}")


def test_a_public_key_that_everybody_may_read_is_named_as_what_it_is(tmp_path):
    path = tmp_path / "key.pub"
    path.write_text(KEY.public.line)
    path.chmod(0o644)
    assert refusal(path) == (f"{path} is a public key", "name the private key, whose file has no .pub at its end")
