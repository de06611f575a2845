"""Tables, keys and constraints (SQLAlchemy Core). The same definitions serve SQLite and PostgreSQL.

Tables may change from one release to the next; the views in ``storage/views`` are what analysts may rely on.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[dt.datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so it is put back on reading; a naive value is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: instants are aware and in UTC")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class HalfVector(TypeDecorator[np.ndarray]):
    """A float32 numpy vector kept as float16: pgvector's ``halfvec`` where the extension is, bytes elsewhere.

    ``Store`` sets ``dialect.has_halfvec`` when it opens a database whose column really is a ``halfvec``.
    """

    impl = sa.LargeBinary
    cache_ok = False

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if getattr(dialect, "has_halfvec", False):
            return dialect.type_descriptor(HALFVEC())
        return dialect.type_descriptor(sa.LargeBinary())

    def process_bind_param(self, value: np.ndarray | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if getattr(dialect, "has_halfvec", False):
            return value.astype(np.float16).tolist()
        return value.astype("<f2").tobytes()

    def process_result_value(self, value: Any, dialect: Dialect) -> np.ndarray | None:
        if value is None:
            return None
        if isinstance(value, bytes | memoryview):
            return np.frombuffer(value, dtype="<f2").astype(np.float32)
        return np.asarray(value.to_list() if hasattr(value, "to_list") else value, dtype=np.float32)


def _text(name: str, **kw: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=kw.pop("nullable", False), **kw)


def _ref(name: str, target: str, **kw: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, sa.ForeignKey(target, ondelete="CASCADE"), nullable=kw.pop("nullable", False), **kw)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False, default=dict)


sources = sa.Table(
    "sources",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    _text("kind"),
    _text("lang", nullable=True),
    _text("url", nullable=True),
    _text("collector"),
    _text("territory", nullable=True),
    _text("rights"),
    sa.Column("interval_s", sa.Integer, nullable=False),
    sa.Column("split_by_actor", sa.Boolean, nullable=False, default=False),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    _text("theme", nullable=True),
    _text("licence", nullable=True),
    _json("options"),
    _text("disabled_reason", nullable=True),
    sa.Column("trial", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    _text("state"),
    _text("state_reason", nullable=True),
    _text("cursor", nullable=True),
    _text("reader", nullable=True),
    _text("body_hash", nullable=True),
    _text("moved_to", nullable=True),
    sa.Column("moved_since", Instant),
    sa.Column("moved_seen", sa.Integer, nullable=False, default=0, server_default="0"),
    _text("tdm", nullable=True),
    sa.Column("tdm_read_at", Instant),
    _text("told", nullable=True),
    sa.Column("gap_days", sa.Float),
    _text("etag", nullable=True),
    _text("last_modified", nullable=True),
    sa.Column("next_visit_at", Instant),
    sa.Column("last_visit_at", Instant),
    sa.Column("last_success_at", Instant),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
)

fetches = sa.Table(
    "fetches",
    metadata,
    _ref("source_id", "sources.id", primary_key=True),
    sa.Column("started_at", Instant, primary_key=True),
    sa.Column("finished_at", Instant, nullable=False),
    _text("outcome"),
    sa.Column("status", sa.Integer),
    _text("reason", nullable=True),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("items", sa.Integer, nullable=False),
    sa.Column("new", sa.Integer, nullable=False),
    sa.Column("duplicates", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
)

source_days = sa.Table(
    "source_days",
    metadata,
    _ref("source_id", "sources.id", primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("visits", sa.Integer, nullable=False),
    sa.Column("failed_visits", sa.Integer, nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("expected", sa.Float),
    _text("gap", nullable=True),
    sa.Index("ix_source_days_day", "day"),
    comment="what each source brought on each day that is over, against what it usually brings",
)

documents = sa.Table(
    "documents",
    metadata,
    _text("id", primary_key=True),
    _ref("source_id", "sources.id"),
    _text("kind"),
    _text("title"),
    _text("text"),
    _text("lang", nullable=True),
    _text("url", nullable=True),
    sa.Column("published_on", sa.Date),
    sa.Column("published_at", Instant),
    _text("date_precision"),
    _text("date_flag", nullable=True),
    sa.Column("counted_on", sa.Date),
    sa.Column("collected_at", Instant, nullable=False),
    _text("actor", nullable=True),
    _json("extra"),
    sa.Index("ix_documents_collected_at", "collected_at", "id"),
    sa.Index("ix_documents_counted_on", "counted_on", "id"),
    sa.Index("ix_documents_source_id", "source_id", "counted_on"),
)

mentions = sa.Table(
    "mentions",
    metadata,
    _ref("source_id", "sources.id", primary_key=True),
    _text("key", primary_key=True),
    _ref("document_id", "documents.id", index=True),
    _text("url", nullable=True),
    sa.Column("seen_at", Instant, nullable=False),
)

document_keys = sa.Table(
    "document_keys",
    metadata,
    _text("key", primary_key=True),
    _ref("document_id", "documents.id", primary_key=True),
    sa.Column("is_identity", sa.Boolean, nullable=False),
    sa.Index("ix_document_keys_document_id", "document_id"),
    comment="identifiers of documents: of the same document elsewhere, or of the same event",
)

tombstones = sa.Table(
    "tombstones",
    metadata,
    _text("document_id", primary_key=True),
    sa.Column("deleted_at", Instant, nullable=False),
    _text("reason"),
    comment="documents a person or the retention deleted: they do not come back",
)

enrichments = sa.Table(
    "enrichments",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    _text("pipeline"),
    _text("language"),
    sa.Column("language_score", sa.Float, nullable=False),
    _text("story_id", index=True),
)

facts = sa.Table(
    "facts",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    _text("kind", primary_key=True),
    sa.Column("start", sa.Integer, primary_key=True),
    sa.Column("end", sa.Integer, primary_key=True),
    _text("value", primary_key=True),
    _text("matched"),
    sa.Column("number", sa.Float),
    sa.Column("low", sa.Float),
    _text("unit", nullable=True),
    sa.Column("eur", sa.Float),
    _text("role", nullable=True),
    _text("actor", nullable=True),
    _text("pipeline"),
    sa.Index("ix_facts_kind_value", "kind", "value"),
    sa.Index("ix_facts_actor", "actor"),
)

actors = sa.Table(
    "actors",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    _text("kind", nullable=True),
    _text("country", nullable=True),
    _text("siren", nullable=True),
    _text("ror", nullable=True),
    comment="organisations, each under one name however it is written; facts point here",
)

territories = sa.Table(
    "territories",
    metadata,
    _text("level", primary_key=True),
    _text("code", primary_key=True),
    _text("name_fr"),
    _text("name_en"),
    _text("nuts", nullable=True),
    _text("parent_level", nullable=True),
    _text("parent_code", nullable=True),
    comment="regions, départements and countries by INSEE or ISO code, with their NUTS code",
)

fact_runs = sa.Table(
    "fact_runs",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    _text("pipeline", primary_key=True),
)

vectors = sa.Table(
    "vectors",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    _text("embedder", primary_key=True),
    _text("text_hash", index=True),
    sa.Column("vector", HalfVector, nullable=False),
)

model_runs = sa.Table(
    "model_runs",
    metadata,
    _text("id", primary_key=True),
    _text("step"),
    _text("model"),
    sa.Column("ran_at", Instant, nullable=False),
    _json("parameters"),
    _json("counts"),
)

themes = sa.Table(
    "themes",
    metadata,
    _text("id", primary_key=True),
    _text("origin"),
    _text("label_fr"),
    _text("label_en"),
    sa.Column("label_pinned", sa.Boolean, nullable=False, default=False),
    _text("description_fr"),
    _text("description_en"),
    _json("terms_fr"),
    _json("terms_en"),
    _json("codes"),
    _text("parent_id", nullable=True),
    _text("partner", nullable=True),
    _text("embedder", nullable=True),
    sa.Column("centroid", sa.LargeBinary),
    sa.Column("founders", sa.LargeBinary),
    sa.Column("level", sa.Integer, nullable=False, default=0, server_default="0"),
    _text("merged_into", nullable=True),
    sa.Column("born_on", sa.Date, nullable=False),
    sa.Column("retired_on", sa.Date),
)

theme_events = sa.Table(
    "theme_events",
    metadata,
    _ref("theme_id", "themes.id", primary_key=True),
    _text("event", primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    _text("other_id", primary_key=True, default=""),
    sa.Column("weight", sa.Float),
    _json("detail"),
)

assignments = sa.Table(
    "assignments",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    _ref("theme_id", "themes.id", primary_key=True),
    sa.Column("probability", sa.Float, nullable=False),
    _ref("model_run_id", "model_runs.id"),
    _text("reason"),
    sa.Index("ix_assignments_theme_id", "theme_id", "document_id"),
)

placements = sa.Table(
    "placements",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    _ref("model_run_id", "model_runs.id"),
    comment="documents the assign step has decided on, those that stayed open included",
)

stories = sa.Table(
    "stories",
    metadata,
    _text("id", primary_key=True),
    _ref("document_id", "documents.id"),
    _text("kind"),
    sa.Column("day", sa.Date, nullable=False),
    _text("source_key"),
    _text("voice"),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("eur", sa.Float),
    sa.Index("ix_stories_day", "day"),
    sa.Index("ix_stories_document_id", "document_id"),
    comment="stories as they were last counted: each once, at its first counted document",
)

story_themes = sa.Table(
    "story_themes",
    metadata,
    _ref("story_id", "stories.id", primary_key=True),
    _ref("theme_id", "themes.id", primary_key=True),
    sa.Column("probability", sa.Float, nullable=False),
    sa.Index("ix_story_themes_theme_id", "theme_id", "story_id"),
    comment="themes of the counted stories",
)

story_domains = sa.Table(
    "story_domains",
    metadata,
    _ref("story_id", "stories.id", primary_key=True),
    _text("domain", primary_key=True),
    comment="application domains of the counted stories",
)

recounts = sa.Table(
    "recounts",
    metadata,
    _ref("document_id", "documents.id", primary_key=True),
    comment="documents whose story, themes or facts changed since they were last counted",
)

series_changes = sa.Table(
    "series_changes",
    metadata,
    _text("series", primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    comment="earliest day of a series (a theme's id, 'domain ID', 'coverage') counted anew since the last assessment",
)

observations = sa.Table(
    "observations",
    metadata,
    _ref("theme_id", "themes.id", primary_key=True),
    _text("kind", primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("week", sa.Date, nullable=False),
    sa.Column("stories", sa.Integer, nullable=False),
    sa.Column("sources", sa.Integer, nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("eur", sa.Float),
)

observation_sources = sa.Table(
    "observation_sources",
    metadata,
    _ref("theme_id", "themes.id", primary_key=True),
    _text("kind", primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    _text("source_key", primary_key=True),
    sa.Column("stories", sa.Integer, nullable=False),
    sa.Index("ix_observation_sources_day", "day"),
    comment="the same counts by source (or by actor's bucket): what the momentum score reads",
)

coverage = sa.Table(
    "coverage",
    metadata,
    _text("source_key", primary_key=True),
    _text("kind", primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("stories", sa.Integer, nullable=False),
    sa.Index("ix_coverage_day", "day"),
    comment="all stories collected by source and day, whatever their theme: the exposure behind expected counts",
)

signals = sa.Table(
    "signals",
    metadata,
    _ref("theme_id", "themes.id", primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    _text("state"),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("lift", sa.Float, nullable=False),
    sa.Column("observed", sa.Float, nullable=False),
    sa.Column("expected", sa.Float, nullable=False),
    sa.Column("sources", sa.Integer, nullable=False),
    sa.Column("threshold", sa.Float, nullable=False),
    _text("reason_fr"),
    _text("reason_en"),
    _json("evidence"),
    _text("decided_by", default="", server_default="earlier_version"),
    _text("stage", nullable=True),
    sa.Column("buzz", sa.Float, nullable=False, default=0.0, server_default="0"),
    sa.Column("falling", sa.Float, nullable=False, default=0.0, server_default="0"),
    sa.Index("ix_signals_day", "day", "score"),
)

monitor_states = sa.Table(
    "monitor_states",
    metadata,
    _text("id", primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    comment="what the score remembers at the end of a day, as one compressed array file",
)

rules = sa.Table(
    "rules",
    metadata,
    _text("id", primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    _text("name_fr"),
    _text("name_en"),
    _json("settings"),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
)

alerts = sa.Table(
    "alerts",
    metadata,
    _text("id", primary_key=True),
    _text("rule_id"),
    _ref("theme_id", "themes.id"),
    _text("state"),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.Column("quiet_since", sa.Date),
    _text("signal_state"),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("lift", sa.Float, nullable=False),
    sa.Column("peak_lift", sa.Float, nullable=False),
    sa.Column("observed", sa.Float, nullable=False),
    sa.Column("expected", sa.Float, nullable=False),
    sa.Column("sources", sa.Integer, nullable=False),
    _text("reason_fr"),
    _text("reason_en"),
    _json("evidence"),
    sa.Column("version", sa.Integer, nullable=False, default=1),
    sa.Column("rule_version", sa.Integer, nullable=False, default=1, server_default="1"),
    _text("kind", default="momentum", server_default="momentum"),
    sa.Column("threshold", sa.Float, nullable=False, default=0.0, server_default="0"),
    sa.Index(
        "uq_alerts_open",
        "rule_id",
        "theme_id",
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    ),
)

feedback = sa.Table(
    "feedback",
    metadata,
    _text("id", primary_key=True),
    _ref("alert_id", "alerts.id"),
    _text("verdict"),
    _text("given_by"),
    sa.Column("given_at", Instant, nullable=False),
    _text("note"),
    sa.UniqueConstraint("alert_id", "given_by"),
    comment="what readers thought of an alert: useful, known or noise; a reader's newest word replaces the older one",
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    _text("id", primary_key=True),
    _text("channel"),
    _text("target"),
    _text("content"),
    _text("lang"),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    sa.Column("false_alerts_per_month", sa.Float),
    sa.UniqueConstraint("channel", "target", "content"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _text("id", primary_key=True),
    _text("key", unique=True),
    _ref("subscription_id", "subscriptions.id"),
    _text("channel"),
    _text("target"),
    _text("subject_id", index=True),
    _json("payload"),
    _text("state"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("next_attempt_at", Instant),
    sa.Column("sent_at", Instant),
    _json("receipt"),
    _text("error", nullable=True),
    sa.Index("ix_deliveries_due", "state", "next_attempt_at"),
)

leases = sa.Table(
    "leases",
    metadata,
    _text("name", primary_key=True),
    _text("holder"),
    sa.Column("acquired_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

cursors = sa.Table(
    "cursors",
    metadata,
    _text("name", primary_key=True),
    _text("value"),
    comment="how far a step or a replay has come",
)
