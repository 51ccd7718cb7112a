"""Faults with names and figures: a short set as tests, the long set as `python3 dev.py faults`."""
