"""Amounts of bytes have no fraction: `memory: 500m` is half a byte, with which no pod starts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError, create_model

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.model.base import Memory, Model, PodMemory
from sixfold_compiler.model.container import Resources
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.model.workload import EmptyDir


def refused(model, value) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        model.model_validate(value)
    return [
        (d.message, d.help) for d in diagnose(error.value, model, value, lambda _keys: Span("a.yaml"), code="SF204")
    ]


@pytest.mark.parametrize(
    ("amounts", "message", "help_"),
    [
        ({"cpu": "250m", "memory": "500m"}, "has memory, which is 500m, but bytes have no fractions", "m is a thousandth: did you mean 500M or 500Mi?"),
        ({"memory": "1.1Gi"}, "has memory, which is 1.1Gi, but bytes have no fractions", "write 1181116007, or an amount such as 512Mi"),
        ({"memory": 0.5}, "has memory, which is 0.5, but bytes have no fractions", "write 1, or an amount such as 512Mi"),
        ({"ephemeral-storage": "1m"}, "has ephemeral-storage, which is 1m, but bytes have no fractions", "m is a thousandth: did you mean 1M or 1Mi?"),
        ({"hugepages-2Mi": "1.5"}, "has hugepages-2Mi, which is 1.5, but bytes have no fractions", "write 2, or an amount such as 512Mi"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["requests", "limits"])
def test_a_fraction_of_a_byte_is_refused(field, amounts, message, help_) -> None:
    assert refused(Resources, {field: amounts}) == [(f"{field} {message}", help_)]


@pytest.mark.parametrize(
    "amounts", [{"memory": "1.5Gi"}, {"memory": 1.0}, {"memory": "1000m"}, {"cpu": "0.5"}, {"example.com/a": "1m"}, {}]
)
def test_integral_bytes_and_fractions_of_other_resources_are_accepted(amounts) -> None:
    assert Resources.model_validate({"limits": amounts}).limits == amounts


@pytest.mark.parametrize(
    ("least", "amount", "help_"),
    [
        (Memory, 1, "did you mean 1Mi or 1Gi?"),
        (Memory, "1023Ki", "write at least 1Mi"),
        (PodMemory, 64, "did you mean 64Mi?"),
        (PodMemory, 63, "write at least 64Mi"),
    ],
)
def test_too_few_bytes_are_probably_an_amount_without_its_unit(least, amount, help_) -> None:
    model = create_model("Sized", __base__=Model, memory=(least, ...))
    ((message, text),) = refused(model, {"memory": amount})
    assert "less than" in message
    assert text == help_


def test_sizes_of_volumes_have_no_fraction() -> None:
    assert refused(EmptyDir, {"sizeLimit": "10m"})[0][1] == "m is a thousandth: did you mean 10M or 10Mi?"
