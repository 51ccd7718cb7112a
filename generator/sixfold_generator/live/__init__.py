"""Readings of the live clusters, for metrics and readiness; no answer of the plugin depends on them.

A process of its own reads the clusters (`python -m sixfold_generator.live`) and leaves one file in the state folder.
Workers only read this file.
"""

from __future__ import annotations
