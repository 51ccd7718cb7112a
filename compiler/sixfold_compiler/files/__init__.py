"""File access: reading confined to a folder, and atomic replacement."""
