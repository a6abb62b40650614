"""Runs `python -m ppstui`."""

import sys

from ppstui.cli import main

sys.exit(main())
