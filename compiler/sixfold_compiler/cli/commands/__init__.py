"""Commands of `sixfold`, one module for each command."""
