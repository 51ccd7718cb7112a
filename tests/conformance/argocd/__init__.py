"""Argo CD's own ApplicationSet code, built from the Go module proxy, against the running generator."""
