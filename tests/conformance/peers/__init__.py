"""Every part of Sixfold reads public manifests of fourteen real projects: invalid files get findings with places,
nothing crashes, and accepted objects are written unchanged.
"""
