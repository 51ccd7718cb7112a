"""The checksum of the root inventory: every changed byte breaks it."""

from __future__ import annotations

import pytest

from sixfold_compiler.tree.seal import BLANK, seal, sealed

TEXT = f'{{\n  "checksum": "{BLANK}",\n  "teams": {{}}\n}}\n'.encode()


def test_a_sealed_file_has_a_checksum_in_place_of_the_blank_one() -> None:
    done = seal(TEXT)
    assert sealed(done)
    assert BLANK.encode() not in done
    assert len(done) == len(TEXT)


def test_every_changed_byte_breaks_the_seal() -> None:
    done = seal(TEXT)
    for index in range(len(done)):
        assert not sealed(done[:index] + bytes([done[index] ^ 1]) + done[index + 1 :])
    assert not sealed(done + b"\n")
    assert not sealed(done[:-1])


@pytest.mark.parametrize("data", [b"", b"{}", TEXT, seal(TEXT) + seal(TEXT), seal(TEXT).replace(b": ", b":")])
def test_a_file_without_exactly_one_checksum_of_its_own_is_not_sealed(data) -> None:
    assert not sealed(data)


def test_only_the_first_blank_is_replaced() -> None:
    text = TEXT + BLANK.encode()
    assert seal(text).endswith(BLANK.encode())
