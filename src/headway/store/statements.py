"""The part of the contract that is about the database's own counts; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from typing import Protocol

from headway.model.statements import StatementTotals

TOTALS_LIMIT = 200
"""Statements of one answer."""


class ReadStatements(Protocol):
    def totals(self, limit: int) -> StatementTotals:
        """What PostgreSQL counts of our statements, at most `limit`; or why that cannot be read."""
        ...
