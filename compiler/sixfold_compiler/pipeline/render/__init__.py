"""Rendering: evaluate the Jsonnet library for apps, clusters and Argo CD instances."""
