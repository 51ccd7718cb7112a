"""Sixfold's compiler: one manifest in, an overlay for every environment, data center and cluster out."""

__version__ = "0.1.0"
