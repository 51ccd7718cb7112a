"""One worker of the service: the served snapshot, health, metrics, log and watches."""
