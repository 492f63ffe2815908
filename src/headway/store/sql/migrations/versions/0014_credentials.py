# pyright: reportUnknownArgumentType=false
"""Signing keys, API keys, share links and devices

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_Id = sa.Uuid(as_uuid=False)


def _text(name: str, *, is_needed: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not is_needed)


def _number(name: str, *, is_needed: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=not is_needed)


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        _text("id"), _number("created_at"), _number("signs_from"), _text("created_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )  # fmt: skip
    op.create_table(
        "api_keys",
        sa.Column("id", _Id, nullable=False), _text("prefix"), _text("secret_hash"), _text("name"), _text("scopes"), _text("owner"),
        _text("account", is_needed=False), _text("role", is_needed=False), _number("created_at"), _number("expires_at"),
        _number("changed_at"), _number("used_at", is_needed=False), _text("old_secret_hash", is_needed=False),
        _number("old_until", is_needed=False), _number("rotated_at", is_needed=False), _number("revoked_at", is_needed=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )  # fmt: skip
    op.create_index("ix_api_keys_prefix", "api_keys", ["prefix"], unique=True)
    op.create_index("ix_api_keys_changed_at", "api_keys", ["changed_at"])
    op.create_index("ix_api_keys_owner", "api_keys", ["owner", "id"])
    op.create_table(
        "share_links",
        sa.Column("id", _Id, nullable=False), _text("code_hash"), sa.Column("run_id", _Id, nullable=False), _text("label"),
        _number("created_at"), _text("created_by"), _number("expires_at"), _number("opened_count"),
        _number("opened_at", is_needed=False), _number("revoked_at", is_needed=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_links")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_share_links_run_id"), ondelete="CASCADE"),
    )  # fmt: skip
    op.create_index("ix_share_links_code_hash", "share_links", ["code_hash"], unique=True)
    op.create_index("ix_share_links_run_id", "share_links", ["run_id"])
    op.create_table(
        "devices",
        sa.Column("id", _Id, nullable=False), _text("subject"), _text("role", is_needed=False), _text("scopes"), _text("account", is_needed=False),
        _text("name"), _number("number"), _number("created_at"), _number("renewed_at"), _number("expires_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )  # fmt: skip
    op.create_index("ix_devices_expires_at", "devices", ["expires_at"])
    op.create_index("ix_devices_subject", "devices", ["subject", "renewed_at"])


def downgrade() -> None:
    for table in ("devices", "share_links", "api_keys", "signing_keys"):
        op.drop_table(table)
