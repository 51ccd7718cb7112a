"""Typed models of the documents that people write (fleet, manifests, releases, tombstones) and of tree records."""
