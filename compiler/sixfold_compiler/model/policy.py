"""Model of the references out of its namespace that the fleet allows a team. All of them are denied by default."""

from typing import Annotated

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import Model

__all__ = ["Allow"]

Pattern = Annotated[str, Field(pattern=patterns.TEXT, min_length=1, max_length=500)]


class Allow(Model):
    """References that leave a team's namespace. What no list names is denied; `*` stands for any characters."""

    images: list[Pattern] = Field([], description="images of containers, such as `registry.example.com/shop/*`")
    iam_roles: list[Annotated[str, Field(pattern=patterns.ROLE_ARN)]] = Field(
        [], description="ARNs of the AWS roles that its pods may assume; the account is written out"
    )
    secret_stores: list[Pattern] = Field(
        [], description="stores of ExternalSecrets, as `ClusterSecretStore/name`, `SecretStore/name` or "
        "`SecretProviderClass/provider`"
    )  # fmt: skip
    secret_keys: list[Pattern] = Field([], description="keys in these stores, such as `shop/*`")
    priority_classes: list[Pattern] = Field([], description="priority classes beside that of the app's tier")
    tolerations: list[Pattern] = Field(
        [], description="taints that its pods may tolerate, as `key=value`; `key=*` for every value"
    )
    runtime_classes: list[Pattern] = Field([], description="runtime classes of pods")
    schedulers: list[Pattern] = Field([], description="schedulers beside `default-scheduler`")
    storage_classes: list[Pattern] = Field([], description="storage classes beside `platform.storageClass`")
    csi_drivers: list[Pattern] = Field([], description="drivers of volumes that a pod mounts without a claim")
    token_audiences: list[Pattern] = Field(
        [], description="audiences of the service-account tokens that a pod mounts beside its own"
    )
    device_classes: list[Pattern] = Field(
        [], description="device classes of ResourceClaims, and resources of containers such as `nvidia.com/gpu`"
    )
    labels: list[Pattern] = Field([], description="labels with a domain, such as `example.com/*`")
    annotations: list[Pattern] = Field([], description="annotations with a domain, such as `example.com/*`")
    probers: list[Pattern] = Field([], description="addresses of the blackbox exporters that its Probes use")
    probe_targets: list[Pattern] = Field([], description="addresses that its Probes check")
