"""Small changes of the code, one at a time in a copy of the checkout, against the tests that are nearest to each."""
