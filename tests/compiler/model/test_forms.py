"""The generator admits every text that the fleet's types take: a tree that compiles is never refused for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sixfold_compiler.model import base, forms, patterns
from sixfold_compiler.model.base import Name
from sixfold_generator.adoption.inventory import LIMITS

TYPES = {
    "url": (forms.GitUrl, patterns.REPOSITORY),
    "branch": (forms.Branch, patterns.BRANCH),
    "tree path": (forms.TreePath, patterns.TREE_PATH),
    "server": (forms.Server, patterns.HTTPS_URL),
    "label key": (base.LabelKey, patterns.LABEL_KEY),
    "label value": (base.LabelValue, patterns.LABEL_VALUE),
    "label": (Name, patterns.LABEL),
}


@pytest.mark.parametrize("name", TYPES)
def test_the_generator_admits_what_the_fleet_takes(name) -> None:
    """Texts with the pattern, and any texts of the characters that matter."""
    kind, pattern = TYPES[name]
    adapter, taken = TypeAdapter(kind), []
    texts = st.from_regex(pattern, fullmatch=True) | st.text(alphabet="aZ0-_./:@%{}[] \n\x00é~+", max_size=20)

    @given(texts)
    def check(text: str) -> None:
        try:
            adapter.validate_python(text)
        except ValidationError:
            return
        taken.append(text)
        assert LIMITS[name].admits(text)

    check()
    assert taken


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (forms.GitUrl, ["https://git.example.com/a.git", "http://10.0.0.1:3000/a/b", "ssh://git@h:22/a", "git@h.example:a/b.git",
                        "file:///srv/deploy.git", "https://[fd00::1]:8443/a", "https://h/a%20b", "https://h/~ada/x+y"]),
        (forms.Branch, ["main", "release/2027.1", "a_b-c", "verified", "0.1"]),
        (forms.TreePath, ["", "overlays", "a/b.c/_d", ".hidden/x", "..a"]),
        (forms.Server, ["https://0D2B.gr7.eu-west-1.eks.amazonaws.com", "https://h:65535", "https://h/k8s/clusters/c-1"]),
        (forms.Image, ["docker.io/envoyproxy/envoy:distroless-v1.40.0", f"h:5000/a/b@sha256:{'0' * 64}", "envoy:1",
                       f"a/b:1@sha256:{'0' * 64}"]),
        (forms.Cidr, ["10.0.0.0/8", "100.64.0.0/10", "fd00::/8", "192.168.1.1/32"]),
        (forms.Api, ["v1", "apps/v1", "monitoring.coreos.com/v1alpha1", "a.b/v2beta10"]),
        (forms.Priority, [-(2**31), 0, 1_000_000_000]),
        (forms.PriorityClassName, ["tier-p0", "system"]),
        (base.LabelKey, ["a", "example.com/pool", "a" * 63, "b" * 253 + "/" + "a" * 63]),
        (base.LabelValue, ["", "a", "a" * 63, "A_b.c-d"]),
        (forms.DnsName, ["example.com", "cluster.local", "a" * 63 + ".b", "x"]),
        (forms.Text, ["oidc:people", "Team é", "a" * 253]),
        (forms.Login, ["ada", "playback[bot]", "a.b_c-d"]),
        (forms.Count, [1, 100_000_000]),
        (forms.Arn, ["arn:aws:iam::111111111111:role/path/a+b=c,d.e@f_g-h"]),
        (forms.Region, ["eu-central-1", "us-gov-west-1"]),
        (forms.HttpUrl, ["http://a.b.svc.cluster.local:8080", "https://a/b"]),
        (forms.TokenReference, ["$sixfold-generator:token", "$token"]),
        (forms.Day, ["2028-02-29"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)  # fmt: skip
def test_usual_values_are_taken(kind, values) -> None:
    for value in values:
        assert TypeAdapter(kind).validate_python(value, strict=True) == value
