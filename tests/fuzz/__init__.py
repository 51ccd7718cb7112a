"""Fuzzing with coverage as the guide: one target a file, each with a property that must hold of any input.

`python3 dev.py fuzz` is the long run; README.md says how a target is written and what to do with a finding.
"""
