"""Pod security of objects of unknown kinds."""

from __future__ import annotations

import pytest

from sixfold_compiler.checks.podsecurity import all_pods, pod_security
from sixfold_compiler.kubernetes.objects import parse_object


def thing(fields):
    return parse_object({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, **fields})


def nested(levels, value):
    for _ in range(levels):
        value = {"inner": value}
    return value


def test_pods_of_unknown_kinds_are_searched_24_levels_deep() -> None:
    pod = {"spec": {"containers": []}, "metadata": {"labels": {"a": "b"}}}
    pods = all_pods(thing({"spec": {"size": 3, "workers": [1, pod, nested(3, pod)]}}), known=False)
    assert [item.path for item in pods] == [("spec", "workers", 1), ("spec", "workers", 2, "inner", "inner", "inner")]
    assert pods[0].labels == {"a": "b"}
    assert len(all_pods(thing(nested(24, pod)), known=False)) == 1
    assert all_pods(thing(nested(25, pod)), known=False) == []


@pytest.mark.parametrize(
    ("context", "field"),
    [
        ({"windowsOptions": {"runAsUserName": "x"}}, ("windowsOptions",)),
        ({"seLinuxOptions": {"user": "root_u"}}, ("seLinuxOptions", "user")),
        ({"seLinuxOptions": {"role": "sysadm_r"}}, ("seLinuxOptions", "role")),
    ],
)
def test_identities_of_the_node_are_rejected_at_their_field(context, field) -> None:
    (pod,) = all_pods(thing({"spec": {"containers": [], "securityContext": context}}), known=False)
    assert [finding.path[-len(field) :] for finding in pod_security(pod, restricted=False)] == [field]
