"""The tests, in folders that mirror the packages; helpers of several folders are in `tests/support`."""
