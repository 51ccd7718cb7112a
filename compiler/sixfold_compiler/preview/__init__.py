"""Preview of a compile for reviewers: changed objects instead of files, with equal changes shown once."""

from sixfold_compiler.preview.changes import Group, ObjectChange, Preview, Subject, build
from sixfold_compiler.preview.views import as_markdown, as_text
from sixfold_compiler.preview.withheld import Withheld, withheld

__all__ = ["Group", "ObjectChange", "Preview", "Subject", "Withheld", "as_markdown", "as_text", "build", "withheld"]
