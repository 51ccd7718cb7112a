"""The tasks of `dev.py`. Modules that run before the virtual environment exists use only the standard library."""
