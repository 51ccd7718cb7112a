"""How docs/proof.md comes about: a pytest plugin that notes what tests meet, and the record that it writes."""
