"""SSH signatures, and the keys that make and check them."""
