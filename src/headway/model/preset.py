"""Parameters of a task under a name, to start from again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    id: str
    task: str
    project: str
    name: str
    """One of its kind in the task and project."""
    parameters: dict[str, Any]
    """Perhaps not all that a run needs: whoever starts one says the rest."""
    created_by: str
    created_at: datetime
    updated_at: datetime
