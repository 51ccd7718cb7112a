"""Roads: how a call of one app reaches another."""
