"""The tests, mirroring the packages; helpers that several folders share live beside this file."""
