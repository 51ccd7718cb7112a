"""One owner for every name in an environment: services, roads, hosts and paths, Applications, objects of a namespace.

Who has a name in the tree keeps it; the newcomer gets the diagnostic, and nobody else notices. What a diagnostic says
of the other side is its team, which every team can read in the fleet; never its apps, files, hosts or paths.
"""

from compiler.ownership.hosts import check_external
from compiler.ownership.objects import identity, names_of, settle_objects
from compiler.ownership.reserved import reserved_app
from compiler.ownership.settlement import settle

__all__ = ["check_external", "identity", "names_of", "reserved_app", "settle", "settle_objects"]
