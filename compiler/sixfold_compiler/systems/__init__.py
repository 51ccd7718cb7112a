"""The systems that a platform can choose, and those that a fleet has chosen for each data center.

`catalog` reads `lib/slots.json` and the `about.json` of each system, `choices` merges what the fleet says, `settings`
checks the settings of a system by its own schema. No engine is started for any of it.
"""

from sixfold_compiler.systems.catalog import Catalog, Slot, System, check_functions, read_catalog
from sixfold_compiler.systems.choices import Chosen, Systems, choose

__all__ = ["Catalog", "Chosen", "Slot", "System", "Systems", "check_functions", "choose", "read_catalog"]
