"""Rules of secrets and storage: stores, keys, volumes, drivers and devices that a team shares with others."""

from __future__ import annotations

from sixfold_compiler.checks.policy.rows.places import DEVICE_REQUESTS, places
from sixfold_compiler.checks.policy.rules import Absent, All, In, Like, Listed, Matches, Not, Rule, Same

__all__ = ["STORAGE"]

_STORE = (("kind", "SecretStore"), ("name", ""))
_CLAIMS = (
    "claim:spec",
    "set:spec.volumeClaimTemplates[].spec",
    "pod:spec.volumes[].ephemeral.volumeClaimTemplate.spec",
)
_SOURCES = ("PersistentVolumeClaim", "VolumeSnapshot")
_TRAVERSAL = r".*//.*|(.*/)?\.{1,2}(/.*)?|.*[%\\\n].*"  # other forms of a key that a store may resolve


def _claims(field: str) -> tuple[str, ...]:
    return tuple(f"{claim}.{field}" for claim in _CLAIMS)


STORAGE = (
    Rule(
        "secret stores",
        "SF653",
        "the secrets of other teams in a store that all share",
        (
            *places(
                "secret:spec.secretStoreRef",
                "secret:spec.data[].sourceRef.storeRef",
                "secret:spec.dataFrom[].sourceRef.storeRef",
                parts=_STORE,
            ),
            *places("provider:spec", parts=((None, "SecretProviderClass"), ("provider", ""))),
        ),
        Like(Listed("secretStores")),
        "is {value}, which is no secret store that team {team} may read",
        "name a store of the team",
    ),
    Rule(
        "secret keys",
        "SF654",
        "the secrets of other teams in a store that all share",
        places("secret:spec.data[].remoteRef.key", "secret:spec.dataFrom[].extract.key"),
        All(
            (
                Like(Listed("secretKeys")),
                Not(Matches(_TRAVERSAL, "a key with //, ., .., %, a backslash or a line break")),
            )
        ),
        "is {value}, which is no key that team {team} may read",
        "name a key of the team",
    ),
    Rule(
        "searches for secrets",
        "SF654",
        "the secrets of other teams in a store that all share",
        places("secret:spec.dataFrom[].find"),
        Absent(),
        "searches the whole store, which no list of the fleet limits",
        "name each key under data or dataFrom.extract",
    ),
    Rule(
        "generators of secrets",
        "SF654",
        "credentials that a generator of the cluster makes",
        places("secret:spec.data[].sourceRef.generatorRef", "secret:spec.dataFrom[].sourceRef.generatorRef"),
        Absent(),
        "uses a generator, which no list of the fleet limits",
        "store the value in the secret store, and name its key",
    ),
    Rule(
        "objects made of secrets",
        "SF608",
        "the namespace, from kinds that a team may not use",
        places("secret:spec.target.manifest"),
        Absent(),
        "lets a controller create an object of another kind than Secret",
        "remove it",
    ),
    Rule(
        "storage classes",
        "SF658",
        "storage that costs more than agreed, or that is shared",
        places(
            *_claims("storageClassName"),
            *_claims("volumeAttributesClassName"),
            "manifest:spec.volumes[].claim.storageClass",
        ),
        Like(Listed("storageClasses")),
        "is {value}, which is no storage class that team {team} may use",
        "remove it: the platform's class is then used",
    ),
    Rule(
        "drivers of volumes",
        "SF658",
        "file systems and secrets of others, which a driver mounts by name",
        places("pod:spec.volumes[].csi.driver"),
        Like(Listed("csiDrivers")),
        "is {value}, which is no driver that team {team} may use",
        "use a claim",
    ),
    Rule(
        "volumes of others",
        "SF659",
        "the released and prepared volumes of other teams",
        places(*_claims("volumeName"), *_claims("selector")),
        Absent(),
        "chooses a volume, which may hold the files of another team",
        "remove it: the storage class creates a volume",
    ),
    Rule(
        "data of other namespaces",
        "SF659",
        "the files of other namespaces",
        places(*_claims("dataSourceRef.namespace")),
        Same(("metadata", "namespace")),
        "is {value}, so that the claim copies the files of another namespace",
        "remove it: the source is then an object of the team",
    ),
    Rule(
        "sources of data",
        "SF659",
        "the files of other namespaces",
        places(*_claims("dataSource.kind"), *_claims("dataSourceRef.kind")),
        In(_SOURCES),
        "is {value}, whose content no rule limits",
        f"use {' or '.join(_SOURCES)}",
    ),
    Rule(
        "administration of devices",
        "SF659",
        "the devices of other teams",
        places(*(f"{request}adminAccess" for request in DEVICE_REQUESTS)),
        In((False,)),
        "gives access to devices that others use",
        "remove it",
    ),
    Rule(
        "device classes",
        "SF658",
        "devices that are reserved for others",
        places(*(f"{request}deviceClassName" for request in DEVICE_REQUESTS)),
        Like(Listed("deviceClasses")),
        "is {value}, which is no class that team {team} may use",
        "remove the request",
    ),
)
