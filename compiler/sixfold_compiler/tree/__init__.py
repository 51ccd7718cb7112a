"""The overlay tree on disk: its layout, its reader, and a crash-safe writer."""
