"""The config file of gunicorn: `gunicorn -c python:sixfold_generator.gunicorn 'sixfold_generator:create_app()'`.

The settings come from the environment (`sixfold_generator.settings`). Only gunicorn imports this module.
"""

from __future__ import annotations

import os

from sixfold_generator.server.options import options
from sixfold_generator.settings import Settings

globals().update(options(Settings.from_environ(os.environ)))
