"""The compile: from fleet and manifests to a plan of changes to the overlay tree."""
