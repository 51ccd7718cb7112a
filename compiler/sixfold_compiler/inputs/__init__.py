"""Inputs of commands: the fleet, manifests, release files, tombstones, and git."""
