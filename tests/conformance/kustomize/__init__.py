"""The real kustomize, built from its Go module with checksums, and its builds of overlays."""
