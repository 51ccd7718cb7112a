"""The real kustomize: its module and sums. `controlplane/test_kustomize.py` holds overlays against it."""
