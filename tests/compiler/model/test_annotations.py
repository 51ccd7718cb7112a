"""Annotations of the models are types, not text: pydantic would evaluate each one at every start."""

from __future__ import annotations

import inspect

from sixfold_compiler.model import app, fleet, inventory, policy, release, tombstone
from sixfold_compiler.model.base import Model, OneOf

MODULES = (app, fleet, inventory, policy, release, tombstone)  # they import the others


def models(base: type[Model]) -> set[type[Model]]:
    below = {kind for kind in base.__subclasses__() if kind.__module__.startswith("sixfold_compiler.model.")}
    return below | {kind for child in below for kind in models(child)}


def test_no_model_has_annotations_as_text() -> None:
    kinds = models(Model) - {OneOf} | {
        kind for _, kind in inspect.getmembers(inventory, inspect.isclass) if kind.__module__ == inventory.__name__
    }
    assert len(kinds) > 80
    text = {kind.__name__ for kind in kinds for value in inspect.get_annotations(kind).values() if type(value) is str}
    assert text == set()
