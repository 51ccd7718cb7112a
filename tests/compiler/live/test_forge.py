"""The keys of a forge, read from a real server with TLS."""

from __future__ import annotations

import pytest

from sixfold_compiler.live.forge import keys_of
from tests.support.issuer import serving

ANSWERS = {"/oauth/discovery/keys": b'{"keys": []}'}


@pytest.fixture(scope="module")
def forge(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("forge"), ANSWERS) as served:
        yield served


def test_keys_are_read_from_a_forge_with_a_trusted_certificate_alone(forge, monkeypatch) -> None:
    url, certificate = forge
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        keys_of(url)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert keys_of(url) == b'{"keys": []}'


@pytest.mark.parametrize("url", ["http://localhost", "file:///etc", "localhost"])
def test_keys_are_not_read_without_tls(url) -> None:
    with pytest.raises(OSError, match="is no https URL"):
        keys_of(url)
