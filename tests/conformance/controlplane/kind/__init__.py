"""The same clusters, created by kind; without Docker, kind's use of their configuration and its calls of docker."""
