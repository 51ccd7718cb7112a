"""The model of `about.json`, by which a system describes itself."""

from typing import Annotated

from pydantic import Field, JsonValue

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import Model, Name
from sixfold_compiler.model.forms import Api

__all__ = ["About", "NeededApi", "Span"]


class NeededApi(Model):
    """An API that the clusters of a system must serve, always or for some settings."""

    api: Api = Field(description="group/version")
    of: Annotated[str, Field(pattern=patterns.CONFIG_KEY)] | None = Field(
        None, description="field of a spec: only apps that have it need the API, wherever they run"
    )
    where: dict[str, JsonValue] = Field({}, description="settings that the system has where it needs the API")
    setting: str | None = Field(None, description="a setting, with any value: without it the system needs no API")


class Span(Model):
    """A setting that is the first of several numbers in a row."""

    first: str = Field(description="the setting with the first number")
    count: str = Field(description="the setting with how many there are")
    most: int = Field(65535, description="the greatest number that exists")


class About(Model):
    """A system, as `about.json` in its folder describes it."""

    title: Annotated[str, Field(pattern=patterns.TEXT, max_length=60)] = Field(description="its name for people")
    description: Annotated[str, Field(pattern=patterns.TEXT, max_length=200)] = Field(
        description="what a platform gets by it, in one sentence without a full stop"
    )
    version: Annotated[str, Field(pattern=patterns.TEXT, max_length=30)] | None = Field(
        None, description="the version that its objects are for"
    )
    functions: list[str] = Field(min_length=1, description="the functions of the library that it has")
    settings: dict[str, JsonValue] = Field({"type": "object"}, description="a JSON Schema of its settings")
    different: list[list[str | Span]] = Field([], description="settings that must differ from each other, as lists")
    namespaces: list[str] = Field([], description="settings that name a namespace, which no team may have")
    needs: dict[Name, list[Name]] = Field(
        {}, description="for a slot, systems of which one must be chosen; empty for any of the slot"
    )
    excludes: dict[Name, list[Name]] = Field({}, description="for a slot, systems that must not be chosen")
    apis: list[NeededApi] = Field([], description="APIs that the clusters must serve")
    carries: list[str] = Field([], description="fields of roads that a mesh carries")
    instead: dict[str, str] = Field({}, description="fields of roads that it carries otherwise, and how")
