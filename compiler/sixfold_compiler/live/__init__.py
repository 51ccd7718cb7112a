"""Reading live clusters through the Kubernetes API: what a cluster can hold, and whether Argo CD knows it.

The one part of Sixfold that talks to a cluster. It proposes and reports: no overlay and no answer depends on it.
The `kubernetes` package comes with the extra `live`; without it a diagnostic (SF840) says so.
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
