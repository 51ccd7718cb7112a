"""A state in ConfigMaps is written, guarded and repaired on a real API server, with the chart's own rights."""
