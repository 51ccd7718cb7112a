"""Starting gunicorn: options, worker class, entry point."""
