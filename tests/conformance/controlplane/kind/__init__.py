"""The same clusters made by kind; without a Docker engine, what kind itself makes of their configuration and asks docker for."""
