"""gunicorn's config file: `gunicorn -c python:generator.gunicorn 'generator:create_app()'`.

The settings come from the environment (`generator.settings`). Only gunicorn imports this module.
"""

from __future__ import annotations

import os

from generator.options import options
from generator.settings import Settings

globals().update(options(Settings.from_environ(os.environ)))
