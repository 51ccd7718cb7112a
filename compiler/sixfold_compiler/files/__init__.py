"""Reading and writing files: confined to a folder, and atomic."""
