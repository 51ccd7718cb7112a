"""Typed models of the documents that people write: the fleet, application manifests, releases and tombstones."""
