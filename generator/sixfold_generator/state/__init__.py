"""The state folder and its copy in ConfigMaps."""
