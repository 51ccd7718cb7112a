"""Adoption: read a tree, judge it, and put it into the state folder."""
