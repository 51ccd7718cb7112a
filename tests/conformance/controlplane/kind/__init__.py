"""The same clusters as `plane.py` gives, made by kind where a Docker engine answers."""
