"""The check of a tree's signature: by a trusted key, for this fleet and this repository.

Without keys the trees of everybody who can push are adopted. The folder in the repository is part of the signed
inventory too, and is checked for every tree (`read_tree`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.signing.sshsig import PublicKey, Signature, SignatureError
from sixfold_compiler.tree.layout import ROOT, SIGNATURE
from sixfold_compiler.tree.signature import MAX_SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.model.inventory import RootInventory
    from sixfold_generator.adoption.source import Source

__all__ = ["Trust"]


@dataclass(frozen=True, slots=True)
class Trust:
    """The trusted keys, and the fleet and the repository that they sign for; empty without keys."""

    keys: tuple[PublicKey, ...] = ()
    fleet: str = ""
    repository: str = ""

    @classmethod
    def parse(cls, keys: Sequence[str], fleet: str, repository: str) -> Trust:
        """Build a trust from lines of `.pub` files. Raises ValueError for a line that is no public key."""
        return cls(tuple(PublicKey.parse(line) for line in keys), fleet, repository)

    @property
    def mark(self) -> str:
        """A short text that differs between trusts, so that a tree is judged again when it changes; empty for none."""
        parts = [*(key.fingerprint for key in self.keys), self.fleet, self.repository]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16] if self.keys else ""

    def check(self, source: Source, data: bytes) -> None:
        """Check the signature of the root inventory, whose bytes are `data`, before anything in it is believed.

        Raises:
            DiagnosticError: SF813, there is no signature; SF814, there is one that counts for nothing.
        """
        if not self.keys:
            return
        name = f"commit {source.commit[:12]}" if source.commit else "the tree"
        if not any(entry == SIGNATURE and not is_folder for entry, is_folder in source.names("")):
            raise DiagnosticError(_unsigned(name))
        if reason := self._fault(source.read(SIGNATURE, MAX_SIGNATURE), data):
            raise DiagnosticError(
                Diagnostic(
                    "SF814",
                    f"the signature of {name} is not valid: {reason}",
                    Span(SIGNATURE),
                    help="delete inventory.json.sig, and push: the workflow of the deploy repository signs the tree; "
                    "or add the key to SIXFOLD_TRUSTED_KEYS",
                )
            )

    def admits(self, data: bytes, file: bytes, root: RootInventory) -> bool:
        """Return whether a root inventory with the bytes `data` is signed by `file`, for this fleet and repository."""
        places = (root.fleet, root.repository.url) == (self.fleet, self.repository)
        return not self.keys or (places and len(file) <= MAX_SIGNATURE and not self._fault(file, data))

    def check_place(self, root: RootInventory) -> None:
        """Check that a signed tree is for this fleet and this repository. Raises DiagnosticError (SF815)."""
        places = (("fleet", root.fleet, self.fleet), ("repository", root.repository.url, self.repository))
        wrong = [
            Diagnostic(
                "SF815",
                f"the tree is signed for the {what} {named}, and this generator serves the {what} {served}",
                Span(ROOT),
                help=f"restore the tree of this {what}; if the {what} has a new name, "
                f"set SIXFOLD_TRUSTED_{what.upper()} to it first",
            )
            for what, named, served in places
            if self.keys and named != served
        ]
        if wrong:
            raise DiagnosticError(wrong)

    def _fault(self, file: bytes, data: bytes) -> str:
        """Return what is wrong with a signature; empty if nothing is."""
        try:
            signature = Signature.parse(file)
        except SignatureError as error:
            return str(error)
        if signature.key not in self.keys:
            return f"its key {signature.key.fingerprint} is not trusted"
        return "" if signature.signs(data) else f"it does not sign this {ROOT}"


def _unsigned(name: str) -> Diagnostic:
    return Diagnostic(
        "SF813",
        f"{name} has no signature: it is not adopted until the workflow of the deploy repository signs it",
        Span(SIGNATURE),
        help="wait for the workflow, which verifies and signs each push; if it is red, correct what it reports",
    )
