"""Argo CD's own ApplicationSet code, over an in-memory Kubernetes API, creates exactly the right Applications."""
