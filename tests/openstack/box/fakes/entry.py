"""Run a console entry point: entry.py PACKAGE.MODULE:FUNCTION PROGRAM ARGS

Debian keeps most of these programs in packages of their own, with init
scripts and users; the Python packages alone are enough here.
"""

import importlib
import sys

module, function = sys.argv[1].split(":")
sys.argv = sys.argv[2:]
sys.exit(getattr(importlib.import_module(module), function)())
