"""The chart as helm renders it: strictly valid on the oldest and the newest Kubernetes, hardened, and with no more rights than the service uses."""
