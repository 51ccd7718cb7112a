"""Commands of `sixfold`, one module a command."""
