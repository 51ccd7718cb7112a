"""The overlay tree on disk: its layout, reading it, and writing it so that a kill leaves it valid."""
