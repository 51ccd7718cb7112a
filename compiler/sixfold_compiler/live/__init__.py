"""Reading of live clusters through the Kubernetes API: their capacity, and the clusters that an Argo CD knows.

No overlay and no answer of the generator depends on it. The `kubernetes` package comes with the extra `live`; without
it a diagnostic (SF840) says so.
"""

from __future__ import annotations

from sixfold_compiler.live.api import Api, ApiError
from sixfold_compiler.live.capacity import Capacity
from sixfold_compiler.live.contexts import Login, find_login, logins, own_cluster
from sixfold_compiler.live.readings import Readings, read_capacity, read_clusters, read_registered
from sixfold_compiler.live.registered import Registered

__all__ = [
    "Api",
    "ApiError",
    "Capacity",
    "Login",
    "Readings",
    "Registered",
    "find_login",
    "logins",
    "own_cluster",
    "read_capacity",
    "read_clusters",
    "read_registered",
]
