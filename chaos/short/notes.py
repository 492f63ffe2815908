"""What those who act in a short trial were told, and when: the ledger, outside of the store."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.faults.history import Answered, Asked, Begun, Felt, Killed, Paused, Recorded


@dataclass(slots=True)
class Notes:
    begun: list[Begun] = field(default_factory=list[Begun])
    recorded: list[Recorded] = field(default_factory=list[Recorded])
    asked: list[Asked] = field(default_factory=list[Asked])
    answered: list[Answered] = field(default_factory=list[Answered])
    killed: list[Killed] = field(default_factory=list[Killed])
    paused: list[Paused] = field(default_factory=list[Paused])
    felt: list[Felt] = field(default_factory=list[Felt])
