"""A state in ConfigMaps is written, guarded and healed on a real API server, with the chart's own rights."""
