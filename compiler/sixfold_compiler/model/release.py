"""Model of release files: the versions of a team's apps in one environment."""

from typing import Annotated, Literal

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import Model, Name

__all__ = ["Release"]

ReleaseKey = Annotated[str, Field(pattern=patterns.APP_KEY)]
ReleaseVersion = Annotated[str, Field(pattern=patterns.VERSION, min_length=1)]


class Release(Model):
    """A release file: the image versions of one team's apps in one environment, `team/app: version`."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["Release"] = Field(description="the kind of this document")
    environment: Name = Field(description="the environment, which is also the name of the file's folder")
    apps: dict[ReleaseKey, ReleaseVersion] = Field({}, description="`team/app`: a tag, a digest, or `tag@sha256:…`")
    back: dict[ReleaseKey, ReleaseVersion] = Field(
        {}, description="`team/app`: the version that the app may leave for an older one, or for none"
    )
