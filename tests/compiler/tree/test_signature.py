"""The signature beside the root inventory: when it is written, kept and removed, and that no comparison counts it."""

from __future__ import annotations

import os

import pytest

from sixfold_compiler.tree.layout import ROOT, SIGNATURE
from sixfold_compiler.tree.signature import MAX_SIGNATURE, remove_signature, remove_stale, write_signature
from sixfold_compiler.tree.strangers import files_below
from tests.support.signing import new_key

DATA = b'{"kind": "Inventory"}\n'
SIGNED = new_key().sign(DATA)


@pytest.fixture
def out(tmp_path):
    (tmp_path / ROOT).write_bytes(DATA)
    return tmp_path


@pytest.mark.parametrize(
    ("data", "root", "changed", "removed"),
    [
        (SIGNED, DATA, False, False), (new_key(2).sign(DATA), DATA, False, False), (SIGNED, DATA, True, True),
        (SIGNED, DATA + b" ", False, True), (b"x", DATA, False, True), (SIGNED, None, False, True),
        (SIGNED + b" " * MAX_SIGNATURE, DATA, False, True), (None, DATA, True, False), (None, DATA, False, False),
    ],
)  # fmt: skip
def test_a_signature_is_removed_if_it_does_not_sign_the_root_inventory(out, data, root, changed, removed):
    if data is not None:
        write_signature(out, data)
    if root is None:
        (out / ROOT).unlink()
    else:
        (out / ROOT).write_bytes(root)
    assert remove_stale(out, changed=changed) is removed
    assert (out / SIGNATURE).exists() is (data is not None and not removed)


def test_a_link_is_no_signature(out, tmp_path):
    (tmp_path / "other").write_bytes(SIGNED)
    (out / SIGNATURE).symlink_to(tmp_path / "other")
    assert remove_stale(out, changed=False)
    assert not os.path.lexists(out / SIGNATURE)
    (out / SIGNATURE).symlink_to("nowhere")
    assert remove_signature(out)
    assert not remove_signature(out)


def test_an_equal_signature_is_not_written_again(out):
    write_signature(out, SIGNED)
    first = (out / SIGNATURE).stat().st_ino
    write_signature(out, SIGNED)
    assert (out / SIGNATURE).stat().st_ino == first
    write_signature(out, b"other")
    assert (out / SIGNATURE).read_bytes() == b"other"


def test_only_the_signature_of_the_tree_is_left_out_of_its_files(out):
    write_signature(out, SIGNED)
    (out / "prod").mkdir()
    (out / "prod" / SIGNATURE).write_bytes(SIGNED)
    (out / f"{SIGNATURE}2").write_bytes(SIGNED)
    assert sorted(files_below(out)) == [ROOT, f"{SIGNATURE}2", f"prod/{SIGNATURE}"]
