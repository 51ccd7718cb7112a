"""The start of gunicorn: options, worker class, entry point."""
