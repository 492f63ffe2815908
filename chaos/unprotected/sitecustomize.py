"""Python imports this by itself where the directory is on its path. In the processes of a trial that CHAOS_WITHOUT_IN names (the server,
where nothing is said) it switches protections off."""

import importlib
import os
import sys

_places = os.environ.get("CHAOS_WITHOUT_IN", "server_process").split()
if any(place in part for part in sys.orig_argv for place in _places):
    for name in os.environ.get("CHAOS_WITHOUT", "").split():
        importlib.import_module(name)
