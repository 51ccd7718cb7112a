"""Typed models of what people write: the fleet and the application manifests."""
