"""Small changes of what is tested; tests that pass in spite of one miss something."""
