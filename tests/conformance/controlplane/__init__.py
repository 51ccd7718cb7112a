"""Real API servers take all that Sixfold writes, and Argo CD's own controllers do what was meant with it, or nothing."""
