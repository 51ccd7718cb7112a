"""Files: reading confined to a folder, and atomic writing."""
