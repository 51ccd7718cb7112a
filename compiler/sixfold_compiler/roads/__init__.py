"""Roads: resolve the calls between apps to host names, ports and network policy."""
