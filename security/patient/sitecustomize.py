"""Python imports this by itself where the directory is on its path. In the server that is attacked, whoever makes mistakes need not wait:
else nine of ten attacks would get the answer 429, and reach nothing. That it is said is tested elsewhere (`tests/unit/web`)."""

import sys
from typing import Any, cast

if any("server_process" in part for part in sys.orig_argv):
    from headway.web.patience import Patience

    cast("Any", Patience.__init__).__kwdefaults__["burst"] = 1_000_000_000
