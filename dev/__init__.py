"""The commands behind `dev.py`. What runs before the virtual environment exists needs the standard library alone."""
