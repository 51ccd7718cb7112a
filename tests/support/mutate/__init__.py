"""Small changes of tested files: tests that still pass with one of them miss something."""
