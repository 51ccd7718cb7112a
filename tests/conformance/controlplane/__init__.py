"""Real API servers accept all that Sixfold writes, and Argo CD's own controllers apply it as intended."""
