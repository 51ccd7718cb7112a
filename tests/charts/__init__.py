"""The chart as helm renders it: strictly valid on the oldest and the newest Kubernetes, hardened, and without rights that the service does not use."""
