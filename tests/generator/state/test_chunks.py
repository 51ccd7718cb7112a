"""A snapshot in several ConfigMaps is read back equal, or is damage; only pieces of the pointer are read, only old ones deleted."""

from __future__ import annotations

import base64
import tracemalloc
import zlib
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import ClassVar

import orjson
import pytest

from sixfold_compiler.live import ApiError
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.state.chunks import (
    MAX_PIECES,
    PIECE,
    Entry,
    Pointer,
    bytes_of,
    cut,
    piece_body,
    pointer_body,
    pointer_of,
    selector,
    snapshot_of,
    unnamed,
    version_of,
)
from sixfold_generator.state.snapshot import DamagedError, encode
from tests.support.trees import Spec, read

NAME = "sixfold-state"
PART = f"{NAME}-000000000001-00-{'a' * 32}"
ENTRY = Entry(1, "0" * 64, 10, (PART,))


@pytest.fixture(scope="module")
def snapshot():
    return adopt(None, *read(Spec(), "a" * 40), date(2026, 11, 24)).snapshot


def stored(entries, version="7", **changed):
    """Return the pointer as an API server returns it, with some fields changed and a checksum that matches."""
    body = pointer_body(NAME, entries, version)
    if changed:
        text = orjson.dumps([orjson.loads(orjson.dumps(entry)) | changed for entry in entries]).decode()
        body["data"] = {"snapshots": text, "sha256": sha256(text.encode()).hexdigest()}
    return body


def test_pieces_join_to_the_snapshot(snapshot, monkeypatch):
    for size in (100, 768 << 10):
        monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", size)
        entry, pieces = cut(snapshot, NAME)
        assert entry.pieces == tuple(pieces)
        assert all(len(part) <= size for part in pieces.values())
        assert snapshot_of(b"".join(pieces.values()), entry) == snapshot
        assert (entry.sequence, entry.size) == (1, len(encode(snapshot)))
        assert cut(snapshot, NAME) == (entry, pieces), "the same bytes under the same names in every process"


def test_a_snapshot_that_is_too_large_is_an_error(snapshot, monkeypatch):
    monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", 10)
    with pytest.raises(ValueError, match=f"ConfigMaps, and at most {MAX_PIECES} are used"):
        cut(snapshot, NAME)
    monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", 1 << 20)
    monkeypatch.setattr("sixfold_generator.state.chunks.MAX_SIZE", 100)
    with pytest.raises(ValueError, match="the snapshot needs 1 ConfigMaps"):
        cut(snapshot, NAME)


def test_a_snapshot_of_exactly_the_limits_is_cut(snapshot, monkeypatch):
    monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", 100)
    entry, pieces = cut(snapshot, NAME)
    monkeypatch.setattr("sixfold_generator.state.chunks.MAX_PIECES", len(pieces))
    monkeypatch.setattr("sixfold_generator.state.chunks.MAX_SIZE", entry.size)
    assert cut(snapshot, NAME) == (entry, pieces)


def test_a_piece_is_at_most_one_mebibyte_when_it_is_sent():
    assert len(base64.b64encode(bytes(PIECE))) <= 1 << 20


class TestPutTogether:
    def test_bytes_that_are_not_compressed_are_damage(self, snapshot):
        with pytest.raises(DamagedError, match="is damaged"):
            snapshot_of(b"no zlib", cut(snapshot, NAME)[0])

    @pytest.mark.parametrize("change", [{"size": 1}, {"size": 1 << 20}, {"sha256": "0" * 64}])
    def test_another_size_or_digest_than_in_the_pointer_is_damage(self, snapshot, change):
        entry, pieces = cut(snapshot, NAME)
        with pytest.raises(DamagedError, match="is damaged"):
            snapshot_of(b"".join(pieces.values()), replace(entry, **change))

    def test_another_number_than_in_the_pointer_is_damage(self, snapshot):
        entry, pieces = cut(snapshot, NAME)
        with pytest.raises(DamagedError, match="another number"):
            snapshot_of(b"".join(pieces.values()), replace(entry, sequence=2))

    def test_decompression_stops_at_the_size_in_the_pointer(self):
        bomb = zlib.compress(b"\0" * (64 << 20))
        tracemalloc.start()
        with pytest.raises(DamagedError, match="is damaged"):
            snapshot_of(bomb, Entry(1, sha256(b"").hexdigest(), 100, (PART,)))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 1 << 20


class TestPointer:
    def test_a_pointer_is_read_as_it_was_written(self):
        entries = (replace(ENTRY, sequence=2, pieces=(PART.replace("01-00", "02-00"),)), ENTRY)
        assert pointer_of(pointer_body(NAME, entries, "7"), NAME) == Pointer("7", entries)
        assert pointer_of(pointer_body(NAME, (), "8"), NAME) == Pointer("8", ())

    def test_a_new_pointer_has_no_version_and_is_never_pruned(self):
        metadata = pointer_body(NAME, (), "")["metadata"]
        assert "resourceVersion" not in metadata
        assert metadata["annotations"] == {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}

    @pytest.mark.parametrize(
        "data",
        [
            None, {}, {"snapshots": "[]"}, {"snapshots": 5, "sha256": ""}, {"snapshots": "[]", "sha256": "0" * 64},
            {"snapshots": "[", "sha256": sha256(b"[").hexdigest()}, {"snapshots": "5", "sha256": sha256(b"5").hexdigest()},
            {"snapshots": "[{}]", "sha256": sha256(b"[{}]").hexdigest()},
        ],
        ids=range(8),
    )  # fmt: skip
    def test_an_incomplete_pointer_is_damage(self, data):
        with pytest.raises(DamagedError, match="its pointer is damaged"):
            pointer_of({**stored(()), "data": data}, NAME)

    @pytest.mark.parametrize(
        "changed",
        [
            {"size": 0}, {"size": (512 << 20) + 1}, {"size": "x"}, {"sequence": None}, {"pieces": 5},
            {"pieces": ["another-configmap"]}, {"pieces": [f"{NAME}-000000000001-00-short"]},
            {"pieces": [f"other-{PART}"]}, {"pieces": [PART] * 65},
        ],
        ids=str,
    )  # fmt: skip
    def test_a_pointer_to_foreign_configmaps_is_damage_in_spite_of_a_valid_checksum(self, changed):
        with pytest.raises(DamagedError, match="its pointer is damaged"):
            pointer_of(stored((ENTRY,), **changed), NAME)

    @pytest.mark.parametrize(
        "largest", [{"size": 512 << 20}, {"size": 1}, {"pieces": [PART] * 64}], ids=("large", "small", "cut")
    )
    def test_a_pointer_to_the_largest_snapshot_is_read(self, largest):
        """A later version still reads what this one may have persisted."""
        (entry,) = pointer_of(stored((ENTRY,), **largest), NAME).entries
        assert orjson.loads(orjson.dumps(entry)) == orjson.loads(orjson.dumps(ENTRY)) | largest

    @pytest.mark.parametrize("metadata", [None, [], {}, {"resourceVersion": ""}, {"resourceVersion": 7}], ids=str)
    def test_an_answer_without_a_version_is_an_error(self, metadata):
        """A swap without a version could overwrite the pointer of another adopter."""
        with pytest.raises(ApiError, match="resourceVersion"):
            version_of({"metadata": metadata})
        assert version_of({"metadata": {"resourceVersion": "7"}}) == "7"


class TestObjects:
    """Objects in a cluster: another version reads them, so their form stays."""

    MANAGED: ClassVar = {"app.kubernetes.io/managed-by": "sixfold-generator"}

    def test_a_pointer_lists_its_snapshots_beside_their_digest(self):
        text = f'[{{"sequence":1,"sha256":"{"0" * 64}","size":10,"pieces":["{PART}"]}}]'
        assert pointer_body(NAME, (ENTRY,), "7") == {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": NAME,
                "labels": self.MANAGED,
                "resourceVersion": "7",
                "annotations": {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"},
            },
            "data": {"snapshots": text, "sha256": sha256(text.encode()).hexdigest()},
        }

    def test_a_piece_has_the_label_by_which_it_is_listed(self):
        label = "0c6365f124154d2a02085082fc630335"
        assert selector(NAME) == f"sixfold.dev/state={label}"
        assert piece_body(NAME, PART, b"abc") == {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": PART, "labels": {"sixfold.dev/state": label, **self.MANAGED}},
            "immutable": True,
            "binaryData": {"piece": "YWJj"},
        }


class TestPieces:
    def test_a_piece_is_immutable_and_has_the_label_of_its_pointer(self):
        body = piece_body(NAME, PART, b"\0\xff")
        assert (body["immutable"], body["metadata"]["name"], bytes_of(body)) == (True, PART, b"\0\xff")
        label, _, value = selector(NAME).partition("=")
        assert body["metadata"]["labels"][label] == value
        assert len(selector("x" * 253).partition("=")[2]) <= 63

    @pytest.mark.parametrize("body", [{}, {"binaryData": None}, {"binaryData": {"piece": 5}}], ids=str)
    def test_a_piece_without_bytes_is_damage(self, body):
        with pytest.raises(DamagedError, match="a piece of the snapshot is damaged"):
            bytes_of(body)

    def test_a_piece_that_is_not_base64_is_damage(self):
        good = base64.b64encode(b"abc").decode()
        for damaged in (good[:-1], good + "!", "\n" + good):
            with pytest.raises(DamagedError):
                bytes_of({"binaryData": {"piece": damaged}})

    def test_unnamed_pieces_are_deleted_except_newer_and_foreign_ones(self):
        def piece(sequence):
            return f"{NAME}-{sequence:012}-00-{'b' * 32}"

        kept = (replace(ENTRY, sequence=5, pieces=(piece(5),)), replace(ENTRY, sequence=4, pieces=(piece(4),)))
        names = [piece(3), piece(4), piece(5), piece(6), f"{NAME}-notes", f"{NAME}-000000000003-00-short"]
        assert unnamed(names, kept, NAME) == [piece(3)]
        assert unnamed([PART.replace("01-00", "05-01")], kept, NAME) == [PART.replace("01-00", "05-01")]
