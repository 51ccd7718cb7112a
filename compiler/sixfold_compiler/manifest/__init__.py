"""The application manifest: load it, merge its layers, check it, explain it."""
