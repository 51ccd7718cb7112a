"""Public manifests of fourteen real projects, put through every part of Sixfold: each gets a verdict at its place and
nothing crashes; what is permitted comes out as its project wrote it.
"""
