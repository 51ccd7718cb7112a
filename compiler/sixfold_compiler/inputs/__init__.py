"""Everything a command reads: the fleet, manifests, release files, tombstones, git."""
