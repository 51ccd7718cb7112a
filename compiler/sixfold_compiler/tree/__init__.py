"""The overlay tree on disk: its layout, its reader, and a writer that a kill cannot make invalid."""
