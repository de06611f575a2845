"""Facts in euros with their actors, territories with NUTS codes, themes that move, merge and have parents.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("ror", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        comment="organisations, each under one name however it is written; facts point here",
    )
    op.create_table(
        "territories",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("nuts", sa.Text(), nullable=True),
        sa.Column("parent_level", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("level", "code", name=op.f("pk_territories")),
        comment="regions, départements and countries by INSEE or ISO code, with their NUTS code",
    )
    with op.batch_alter_table("facts") as facts:
        facts.add_column(sa.Column("low", sa.Float(), nullable=True))
        facts.add_column(sa.Column("eur", sa.Float(), nullable=True))
        facts.add_column(sa.Column("role", sa.Text(), nullable=True))
        facts.add_column(sa.Column("actor", sa.Text(), nullable=True))
        facts.create_index("ix_facts_actor", ["actor"])
    with op.batch_alter_table("themes") as themes:
        themes.add_column(sa.Column("founders", sa.LargeBinary(), nullable=True))
        themes.add_column(sa.Column("level", sa.Integer(), nullable=False, server_default="0"))
        themes.add_column(sa.Column("merged_into", sa.Text(), nullable=True))
    op.execute("UPDATE themes SET founders = centroid")


def downgrade() -> None:
    with op.batch_alter_table("themes") as themes:
        themes.drop_column("merged_into")
        themes.drop_column("level")
        themes.drop_column("founders")
    with op.batch_alter_table("facts") as facts:
        facts.drop_index("ix_facts_actor")
        facts.drop_column("actor")
        facts.drop_column("role")
        facts.drop_column("eur")
        facts.drop_column("low")
    op.drop_table("territories")
    op.drop_table("actors")
