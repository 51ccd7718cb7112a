"""Knowledge of Kubernetes: schemas of the built-in kinds, fields of objects, and object identity."""
