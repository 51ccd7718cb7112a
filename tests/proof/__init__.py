"""The source of docs/proof.md: a pytest plugin that notes the counterparts of each test, and the record of a run."""
