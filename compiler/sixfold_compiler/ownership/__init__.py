"""One owner for every name in an environment: services, roads, hosts and paths, Applications, objects of a namespace.

The app that has a name in the tree keeps it; a newcomer gets the diagnostic, and no other app is affected. Of the other
side, a diagnostic names only the team, which everybody can read in the fleet, never its apps, files, hosts or paths.
"""

from sixfold_compiler.ownership.hosts import check_external
from sixfold_compiler.ownership.reserved import reserved_app

__all__ = ["check_external", "reserved_app"]
