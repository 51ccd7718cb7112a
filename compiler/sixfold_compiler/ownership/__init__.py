"""Name ownership: in an environment, each service, road, host, path, Application and object has one owner.

The app that has a name in the tree keeps it. A new app that claims the name gets the diagnostic, and no other app is
affected. A diagnostic names only the team of the owner, which everybody can read in the fleet, never its apps, files,
hosts or paths.
"""

from sixfold_compiler.ownership.hosts import check_external
from sixfold_compiler.ownership.reserved import reserved_app

__all__ = ["check_external", "reserved_app"]
