"""Python imports this by itself where the directory is on its path. In the server of a trial it switches protections off."""

import importlib
import os
import sys

if any("server_process" in part for part in sys.orig_argv):
    for name in os.environ.get("CHAOS_WITHOUT", "").split():
        importlib.import_module(name)
