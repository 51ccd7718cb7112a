"""Certificate authorities as identities."""

from __future__ import annotations

import base64

from sixfold_compiler.model.certificates import authorities


def bundle(*bodies: str, ending: str = "\n") -> str:
    lines = [f"-----BEGIN CERTIFICATE-----{ending}{body}{ending}-----END CERTIFICATE-----" for body in bodies]
    return base64.b64encode(ending.join(lines).encode()).decode()


def test_each_certificate_of_a_bundle_has_a_digest_and_order_and_spelling_do_not_matter() -> None:
    first, second = authorities(bundle("AAAA")), authorities(bundle("BBBB"))
    assert first != second
    assert set(authorities(bundle("BBBB", "AAAA")).split(",")) == {first, second}
    assert authorities(bundle("AAAA", "BBBB")) == authorities(bundle("BBBB", "AAAA", "AAAA"))
    assert authorities(bundle("AA\nAA", ending="\r\n")) == first
    text = bundle("AAAA")
    assert authorities(f"{text[:10]}\n{text[10:]}") == first


def test_what_holds_no_certificate_is_one_authority() -> None:
    assert authorities("%%% no base64") != authorities("%%% another") != ""
    assert authorities(base64.b64encode(b"no certificate").decode()).startswith("sha256:")
    assert authorities(None) == authorities("") == ""
