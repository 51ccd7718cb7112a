"""The running service: the served snapshot, health, metrics, logs, the watch over the tree."""
