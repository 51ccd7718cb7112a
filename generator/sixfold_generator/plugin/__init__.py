"""Argo CD's plugin API as values: a query in, an answer out."""
