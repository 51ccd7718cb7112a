"""One owner for every name in an environment: services, roads, hosts and paths, Applications, objects of a namespace.

Who has a name in the tree keeps it; the newcomer gets the diagnostic, and nobody else notices. What a diagnostic says
of the other side is its team, which every team can read in the fleet; never its apps, files, hosts or paths.
"""

from sixfold_compiler.ownership.hosts import check_external
from sixfold_compiler.ownership.reserved import reserved_app

__all__ = ["check_external", "reserved_app"]
