"""Sources know their licence, options, trial, cursor and moves; identifiers shared between documents; deletions that last.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXTS = ("theme", "licence", "disabled_reason", "cursor", "reader", "body_hash", "moved_to", "tdm", "told")
_INSTANTS = ("moved_since", "tdm_read_at")


def upgrade() -> None:
    with op.batch_alter_table("sources") as sources:
        for name in _TEXTS:
            sources.add_column(sa.Column(name, sa.Text(), nullable=True))
        for name in _INSTANTS:
            sources.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        sources.add_column(sa.Column("gap_days", sa.Float(), nullable=True))
        sources.add_column(sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
        sources.add_column(sa.Column("trial", sa.Boolean(), nullable=False, server_default=sa.false()))
        sources.add_column(sa.Column("moved_seen", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("sources") as sources:
        sources.alter_column("options", server_default=None)
    op.create_table(
        "document_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("is_identity", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_keys_document_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "document_id", name=op.f("pk_document_keys")),
        comment="identifiers of documents: of the same document elsewhere, or of the same event",
    )
    op.create_index("ix_document_keys_document_id", "document_keys", ["document_id"])
    op.create_table(
        "tombstones",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_tombstones")),
        comment="documents a person or the retention deleted: they do not come back",
    )
    op.create_table(
        "source_days",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("failed_visits", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("gap", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_days_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "day", name=op.f("pk_source_days")),
        comment="what each source brought on each day that is over, against what it usually brings",
    )
    op.create_index("ix_source_days_day", "source_days", ["day"])


def downgrade() -> None:
    op.drop_table("source_days")
    op.drop_table("tombstones")
    op.drop_index("ix_document_keys_document_id", "document_keys")
    op.drop_table("document_keys")
    with op.batch_alter_table("sources") as sources:
        for name in ("moved_seen", "trial", "options", "gap_days", *reversed(_INSTANTS), *reversed(_TEXTS)):
            sources.drop_column(name)
