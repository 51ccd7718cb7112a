"""The application manifest: loading, merging its layers, checking, and explaining its values."""
