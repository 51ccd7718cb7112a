"""Coverage-guided fuzzing: one target per file, each with a property that holds for every input.

`python3 dev.py fuzz` is the long run; README.md explains how to write a target and how to handle a finding.
"""
