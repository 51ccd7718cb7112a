"""Argo CD's own ApplicationSet code, over an in-memory Kubernetes API, makes exactly the right Applications, never fewer."""
