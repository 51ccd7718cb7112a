"""The start of gunicorn: its options and worker class, the `sixfold-generator` command, `sixfold serve`."""
