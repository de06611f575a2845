"""Stories counted once and for all, a state of the monitor between runs, dated reasons of states, feedback, allowances.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("eur", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_stories_document_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        comment="stories as they were last counted: each once, at its first counted document",
    )
    op.create_index("ix_stories_day", "stories", ["day"])
    op.create_index("ix_stories_document_id", "stories", ["document_id"])
    op.create_index("ix_observation_sources_day", "observation_sources", ["day"])
    op.create_index("ix_coverage_day", "coverage", ["day"])
    op.create_table(
        "story_themes",
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_themes_story_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_story_themes_theme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("story_id", "theme_id", name=op.f("pk_story_themes")),
        comment="themes of the counted stories",
    )
    op.create_index("ix_story_themes_theme_id", "story_themes", ["theme_id", "story_id"])
    op.create_table(
        "story_domains",
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_domains_story_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("story_id", "domain", name=op.f("pk_story_domains")),
        comment="application domains of the counted stories",
    )
    op.create_table(
        "recounts",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_recounts_document_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_recounts")),
        comment="documents whose story, themes or facts changed since they were last counted",
    )
    op.create_table(
        "series_changes",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_series_changes")),
        comment="earliest day of a series (a theme's id, 'domain ID', 'coverage') counted anew since the last assessment",
    )
    op.create_table(
        "monitor_states",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitor_states")),
        comment="what the score remembers at the end of a day, as one compressed array file",
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_feedback_alert_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("alert_id", "given_by", name=op.f("uq_feedback_alert_id_given_by")),
        comment="what readers thought of an alert: useful, known or noise; a reader's newest word replaces the older one",
    )
    with op.batch_alter_table("observations") as observations:
        observations.add_column(sa.Column("eur", sa.Float(), nullable=True))
    with op.batch_alter_table("signals") as signals:
        signals.add_column(sa.Column("decided_by", sa.Text(), nullable=False, server_default="earlier_version"))
        signals.add_column(sa.Column("stage", sa.Text(), nullable=True))
        signals.add_column(sa.Column("buzz", sa.Float(), nullable=False, server_default="0"))
        signals.add_column(sa.Column("falling", sa.Float(), nullable=False, server_default="0"))
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(sa.Column("rule_version", sa.Integer(), nullable=False, server_default="1"))
        alerts.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="momentum"))
        alerts.add_column(sa.Column("threshold", sa.Float(), nullable=False, server_default="0"))
    with op.batch_alter_table("subscriptions") as subscriptions:
        subscriptions.add_column(sa.Column("false_alerts_per_month", sa.Float(), nullable=True))
    with op.batch_alter_table("themes") as themes:
        themes.drop_column("radius")
    # Everything counted so far is counted once more, into the new tables.
    op.execute("INSERT INTO recounts (document_id) SELECT document_id FROM enrichments")


def downgrade() -> None:
    with op.batch_alter_table("themes") as themes:
        themes.add_column(sa.Column("radius", sa.Float(), nullable=True))
    with op.batch_alter_table("subscriptions") as subscriptions:
        subscriptions.drop_column("false_alerts_per_month")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("threshold")
        alerts.drop_column("kind")
        alerts.drop_column("rule_version")
    with op.batch_alter_table("signals") as signals:
        signals.drop_column("falling")
        signals.drop_column("buzz")
        signals.drop_column("stage")
        signals.drop_column("decided_by")
    with op.batch_alter_table("observations") as observations:
        observations.drop_column("eur")
    for table in ("feedback", "monitor_states", "series_changes", "recounts"):
        op.drop_table(table)
    op.drop_table("story_domains")
    op.drop_index("ix_story_themes_theme_id", "story_themes")
    op.drop_table("story_themes")
    op.drop_index("ix_coverage_day", "coverage")
    op.drop_index("ix_observation_sources_day", "observation_sources")
    op.drop_index("ix_stories_document_id", "stories")
    op.drop_index("ix_stories_day", "stories")
    op.drop_table("stories")
