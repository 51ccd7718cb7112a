"""Fault injection (docs/faults.md): a short set as tests, and the long set as `python3 dev.py faults`."""
