"""The real kustomize, built from its module with its sums, and what it makes of overlays."""
