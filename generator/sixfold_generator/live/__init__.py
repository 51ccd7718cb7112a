"""Live clusters, read beside the service: metrics and readiness, never an answer.

A process of its own reads them (`python -m sixfold_generator.live`) and leaves one file; workers only
ever look at that file.
"""

from __future__ import annotations
