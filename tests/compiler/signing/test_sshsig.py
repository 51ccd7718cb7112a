"""Signatures in the format of OpenSSH: our own and those of the real `ssh-keygen`, in both directions."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest

from sixfold_compiler.signing.sshsig import PublicKey, Signature, SignatureError, armored, signed_data
from tests.support.signing import key_file, new_key, real_verdict, ssh_keygen

KEY = new_key()
MESSAGE = b'{"fleet": "example"}\n'
SIGNED = KEY.sign(MESSAGE)


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def crafted(blob: bytes) -> bytes:
    text = base64.b64encode(blob)
    return b"-----BEGIN SSH SIGNATURE-----\n" + text + b"\n-----END SSH SIGNATURE-----\n"


def parts(**changed) -> bytes:
    """Return a signature file whose parts are right, except for those that are given."""
    value = KEY.secret.sign(signed_data(MESSAGE))
    fields = {
        "magic": b"SSHSIG", "version": struct.pack(">I", 1), "key": KEY.public.blob, "namespace": b"sixfold",
        "reserved": b"", "hash": b"sha512", "kind": b"ssh-ed25519", "value": value, "inside": b"", "after": b"", **changed,
    }  # fmt: skip
    inner = string(fields["kind"]) + string(fields["value"]) + fields["inside"]
    names = ("key", "namespace", "reserved", "hash")
    strings = b"".join(string(fields[name]) for name in names)
    return crafted(fields["magic"] + fields["version"] + strings + string(inner) + fields["after"])


def reason(data: bytes) -> str:
    with pytest.raises(SignatureError) as error:
        Signature.parse(data)
    return str(error.value)


def test_a_signature_signs_its_message_and_no_other_one():
    signature = Signature.parse(SIGNED)
    assert (signature.key, signature.hash) == (KEY.public, "sha512")
    assert signature.signs(MESSAGE)
    assert not signature.signs(MESSAGE + b" ")
    assert not Signature(new_key(2).public, signature.hash, signature.value).signs(MESSAGE)
    assert not Signature(signature.key, "sha256", signature.value).signs(MESSAGE)
    assert not Signature(PublicKey(b"\xff" * 32), signature.hash, signature.value).signs(MESSAGE)
    assert Signature.parse(parts()).signs(MESSAGE)


def test_the_file_is_that_of_ssh_keygen(tmp_path):
    """Ed25519 signatures of one message are always the same, so the files are equal byte by byte."""
    path = key_file(tmp_path / "key")
    done = ssh_keygen("-Y", "sign", "-n", "sixfold", "-f", path, data=MESSAGE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == SIGNED
    shorter = ssh_keygen("-Y", "sign", "-n", "sixfold", "-O", "hashalg=sha256", "-f", path, data=MESSAGE).stdout
    assert (Signature.parse(shorter).hash, Signature.parse(shorter).signs(MESSAGE)) == ("sha256", True)
    other = ssh_keygen("-Y", "sign", "-n", "git", "-f", path, data=MESSAGE).stdout
    assert reason(other) == "it is for another namespace than `sixfold`"


def test_ssh_keygen_verifies_what_is_signed_here(tmp_path):
    assert real_verdict(tmp_path, KEY.public, SIGNED, MESSAGE)
    assert not real_verdict(tmp_path, KEY.public, SIGNED, MESSAGE + b" ")
    assert not real_verdict(tmp_path, new_key(2).public, SIGNED, MESSAGE)
    assert not real_verdict(tmp_path, KEY.public, SIGNED, MESSAGE, namespace="git")
    (tmp_path / "key.pub").write_text(KEY.public.line + "\n")
    listed = ssh_keygen("-l", "-f", tmp_path / "key.pub").stdout.decode().split()
    assert listed[1] == KEY.public.fingerprint


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_signature_by_a_key_of_another_kind_is_refused(tmp_path, kind):
    bits = ("-b", 1024) if kind == "rsa" else ()
    ssh_keygen("-q", "-t", kind, *bits, "-N", "", "-f", tmp_path / "key")
    data = ssh_keygen("-Y", "sign", "-n", "sixfold", "-f", tmp_path / "key", data=MESSAGE).stdout
    assert data
    assert reason(data) == "it is damaged, or its key is not an Ed25519 key"


@pytest.mark.parametrize(
    "changed",
    [
        {"magic": b"SSHSIX"}, {"version": struct.pack(">I", 2)}, {"reserved": b"x"}, {"kind": b"ssh-rsa"},
        {"value": b"x" * 63}, {"value": b"x" * 65},
    ],
    ids=str,
)  # fmt: skip
def test_each_part_has_one_form(changed):
    assert reason(parts(**changed)) == "it has another form than the signatures of ssh-keygen"


@pytest.mark.parametrize(
    "changed",
    [
        {"after": b"x"}, {"inside": b"x"}, {"key": b""}, {"key": KEY.public.blob + b"x"},
        {"key": string(b"ssh-ed25519") + string(b"x" * 31)}, {"key": string(b"ssh-ed25518") + string(b"x" * 32)},
        {"key": struct.pack(">I", 1 << 31) + b"x"},
    ],
    ids=str,
)  # fmt: skip
def test_lengths_that_do_not_add_up_are_damage(changed):
    assert reason(parts(**changed)) == "it is damaged, or its key is not an Ed25519 key"


@pytest.mark.parametrize("name", [b"sha1", b"md5", b"", b"\xff"])
def test_weak_hashes_are_refused(name):
    assert reason(parts(hash=name)) == "it uses a hash other than SHA-256 and SHA-512"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"x", SIGNED + b"x", b"x" + SIGNED, SIGNED + SIGNED, SIGNED.replace(b"U1NI", b"U1N!", 1),
        SIGNED.replace(b"BEGIN", b"START"),
    ],
)  # fmt: skip
def test_what_is_no_signature_file_is_named_as_such(data):
    assert reason(data) == "it is not an SSH signature"


def test_every_shorter_or_flipped_file_is_refused_or_does_not_sign():
    blob = base64.b64decode(b"".join(SIGNED.splitlines()[1:-1]))
    for position in range(len(blob)):
        for data in (blob[:position], blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :]):
            try:
                signature = Signature.parse(crafted(data))
            except SignatureError:
                continue
            assert signature.key != KEY.public or not signature.signs(MESSAGE), position


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d.replace(b"\n", b"\r\n")])
def test_line_ends_do_not_matter(change):
    assert Signature.parse(change(SIGNED)).signs(MESSAGE)


def test_what_is_signed_names_the_namespace_and_the_hash():
    digest = hashlib.sha512(MESSAGE).digest()
    assert signed_data(MESSAGE) == b"SSHSIG" + string(b"sixfold") + string(b"") + string(b"sha512") + string(digest)
    lines = armored(KEY.public, b"x" * 64).splitlines()
    assert {len(line) for line in lines[1:-2]} == {70}


# Public keys


def test_a_public_key_is_read_and_written_as_a_line():
    line = KEY.public.line
    assert line.startswith("ssh-ed25519 AAAA")
    key = PublicKey.parse(f"  {line}  CI of the deploy repo \n")
    assert (key, key.comment) == (KEY.public, "CI of the deploy repo")
    assert key.line == f"{line} CI of the deploy repo"
    assert len({KEY.public, key, new_key(2).public}) == 2


@pytest.mark.parametrize(
    "text",
    [
        "", "ssh-ed25519", KEY.public.line[12:], KEY.public.line.replace("ssh-ed25519", "ssh-rsa"), KEY.public.line[:-1],
        KEY.public.line[:-4], KEY.public.line + "\nssh-ed25519 x", KEY.public.line.replace("AAAA", "AAA!"),
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==", "ssh-ed25519 é",
    ],
)  # fmt: skip
def test_any_other_line_is_no_public_key(text):
    with pytest.raises(ValueError):
        PublicKey.parse(text)
