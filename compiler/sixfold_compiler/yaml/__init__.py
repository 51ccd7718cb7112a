"""YAML: a strict loader with source positions, and a fast emitter."""
