"""Rendering: evaluate the library for apps, clusters and Argo CD instances."""
