"""Live clusters, read through the Kubernetes API: their capacity, and the clusters registered in an Argo CD.

No overlay and no answer of the generator depends on them. The `kubernetes` package is installed with the extra `live`;
without it, SF840 is raised.
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
