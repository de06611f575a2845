"""Exit codes, messages and output of the command line."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from monitor.cli.__main__ import build
from monitor.reference import _leaves
from storage import alerts, deliveries, documents, observations, sources, themes
from storage.errors import StorageError
from storage.model import Alert, AlertState, Document, Kind, Origin, Signal, Source, State, Theme
from storage.store import Store, head_revision
from tests.conftest import NOW
from tests.integration.cli.conftest import Zoom, start, url_of

DAY = NOW.date()


def a_seed(store: Store) -> None:
    with store.transaction() as conn:
        sources.declare(
            conn, [Source(id="le-phare", name="Le Phare", kind=Kind.NEWS, lang="fr", url="https://phare.example/rss")]
        )
        found = Document(
            id="d1",
            source_id="le-phare",
            kind=Kind.NEWS,
            title="=HYPERLINK() Une giga-usine à Brest",
            collected_at=NOW,
            counted_on=DAY,
            url="https://phare.example/1",
        )
        documents.add(conn, [found])
        themes.save(
            conn,
            [
                Theme(id="w-ai", origin=Origin.WATCH, label_fr="Giga-usines d'IA", label_en="AI gigafactories", born_on=DAY),
                Theme(id="d-7", origin=Origin.DISCOVERED, label_fr="Photonique", label_en="Photonics", born_on=DAY),
            ],
        )
        numbers = {"score": 4.2, "lift": 2.5, "observed": 41.0, "expected": 14.0, "sources": 12}
        words = {"reason_fr": "41 articles, 14 attendus", "reason_en": "41 articles, 14 expected"}
        rows = [Signal(theme_id="w-ai", day=DAY, state=State.EMERGING, threshold=2.0, **numbers, **words)]
        rows.append(Signal(theme_id="d-7", day=DAY, state=State.NOISE, threshold=2.0, **(numbers | {"score": 0.1}), **words))
        observations.add_signals(conn, rows)
        case = Alert(
            id="a1",
            rule_id="momentum",
            theme_id="w-ai",
            state=AlertState.FIRING,
            opened_on=DAY,
            signal_state=State.EMERGING,
            evidence={"documents": ["d1"]},
            **numbers,
            **words,
        )
        alerts.save(conn, [case])


# --- wrong use


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("sources", "list", "--nothing"),
        ("import",),
        ("run", "--now", "tomorrow"),
        ("run", "--only", "asses"),
        ("themes", "list", "--lang", "de"),
        ("subscriptions", "add", "carrier-pigeon:home"),
        ("--database", "not a url", "sources", "list"),
        ("--database", "mysql://x/y", "sources", "list"),
        ("--database", "sqlite:////nowhere/at/all/z.db", "sources", "list"),
        ("--config", "absent.toml", "sources", "list"),
        ("query",),
        ("query", ""),
    ],
)
def test_wrong_use_ends_with_2_and_one_clear_message(zoom: Zoom, words: tuple[str, ...]) -> None:
    zoom("init", "--no-themes", "--no-settings-file")
    ran = zoom(*words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_an_unknown_setting_is_named_with_its_line(zoom: Zoom) -> None:
    Path("zoom-avant.toml").write_text("[crawler]\npace_seconds = 3\n", encoding="utf-8")
    for words in (("config", "check"), ("sources", "list"), ("run",)):
        ran = zoom(*words)
        assert ran.code == 2
        assert "zoom-avant.toml, line 2: 'crawler.pace_seconds' is not a setting" in ran.err


def test_a_database_without_schema_says_what_to_do(zoom: Zoom) -> None:
    ran = zoom("sources", "list")
    assert ran.code == 1
    assert "zoom-avant init" in ran.err


def test_an_unreachable_server_is_a_failure_without_its_password(zoom: Zoom) -> None:
    ran = zoom("--database", "postgresql://me:hunter2@127.0.0.1:1/none", "sources", "list")
    assert ran.code == 1
    assert "cannot open the database" in ran.err
    assert "hunter2" not in ran.err


def test_the_traceback_is_shown_with_debug_only(zoom: Zoom) -> None:
    with pytest.raises(StorageError, match="zoom-avant init"):
        zoom("sources", "list", "--debug")


def test_a_real_process_keeps_results_and_remarks_apart() -> None:
    with start("version") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.fullmatch(r"zoom-avant \S+ \(schema \S+, Python \S+\)\n", out)
    assert err == ""
    with start("sources", "list", ZOOM_AVANT_LOG__LEVEL="loud") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("zoom-avant: environment variable ZOOM_AVANT_LOG__LEVEL: log.level")


# --- setup


def test_init_makes_everything_once_and_again_nothing(zoom: Zoom) -> None:
    assert zoom("init", "--no-themes").code == 0
    settings = Path("zoom-avant.toml").read_text(encoding="utf-8")
    Path("zoom-avant.toml").write_text(settings.replace('# level = "info"', 'level = "error"'), encoding="utf-8")
    assert zoom("init", "--no-themes").code == 0
    assert zoom("config", "show", "--changed", "--json").json == [
        {"key": "log.level", "value": "error", "from": "zoom-avant.toml"}
    ]


def test_the_example_settings_are_right_and_change_nothing(zoom: Zoom) -> None:
    zoom("init", "--no-themes")
    assert "0 not left at their default" in zoom("config", "check").out


def test_config_show_masks_secrets(zoom: Zoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_AVANT_ALERTS__SLACK__BOT_TOKEN", "xoxb-not-to-be-shown")
    monkeypatch.setenv("ZOOM_AVANT_DATABASE__URL", "postgresql://me:hunter2@db/x")
    for words in (("config", "show"), ("config", "show", "--json")):
        ran = zoom(*words)
        assert ran.code == 0
        assert "not-to-be-shown" not in ran.out + ran.err
        assert "hunter2" not in ran.out + ran.err


def test_doctor_tells_what_is_broken(zoom_on: Zoom) -> None:
    ran = zoom_on("doctor", "--no-models", "--json")
    assert ran.code == 0
    verdicts = {row["check"]: row["verdict"] for row in ran.json}
    assert verdicts["database"] == "good"
    assert verdicts["sources"] == verdicts["scheduler"] == verdicts["mail"] == "note"


def test_doctor_fails_without_a_database(zoom: Zoom) -> None:
    ran = zoom("doctor", "--no-models")
    assert ran.code == 1
    assert "zoom-avant init" in ran.out


# --- nouns


def test_sources_come_go_and_rest(zoom_on: Zoom) -> None:
    assert zoom_on("sources", "add", "https://phare.example/rss", "--name", "Le Phare", "--lang", "fr").code == 0
    assert zoom_on("sources", "add", "https://phare.example/rss", "--name", "Le Phare").code == 0
    clash = zoom_on("sources", "add", "https://other.example/rss", "--name", "Le Phare")
    assert clash.code == 1
    assert "--id" in clash.err
    assert zoom_on("sources", "add", "ftp://phare.example").code == 2
    assert zoom_on("sources", "disable", "le-phare").code == 0
    (row,) = zoom_on("sources", "list", "--json").json
    assert (row["id"], row["lang"], row["enabled"], row["state"]) == ("le-phare", "fr", False, "never_reached")
    assert zoom_on("sources", "enable", "le-phare").code == 0
    assert zoom_on("sources", "remove", "le-phare", "--yes").code == 0
    assert zoom_on("sources", "list", "--json").json == []
    assert zoom_on("sources", "remove", "le-phare", "--yes").code == 1


def test_the_catalogue_is_added_once(zoom: Zoom) -> None:
    zoom("init", "--no-themes")
    first = zoom("sources", "add", "--catalogue").out
    assert int(first.split()[0]) > 10
    assert zoom("sources", "add", "--catalogue").out == "0 sources added\n"


def test_tables_have_their_json(zoom_on: Zoom, store: Store) -> None:
    a_seed(store)
    listed = zoom_on("themes", "list", "--json", "--lang", "en").json
    assert [(row["id"], row["label"], row["state"]) for row in listed] == [
        ("d-7", "Photonics", "noise"),
        ("w-ai", "AI gigafactories", "emerging"),
    ]
    (signal,) = zoom_on("signals", "list", "--state", "emerging", "--json").json
    assert (signal["theme"], signal["reason"], signal["score"]) == ("Giga-usines d'IA", "41 articles, 14 attendus", 4.2)
    assert len(zoom_on("signals", "list", "--since", DAY.isoformat(), "--json").json) == 2
    (alert,) = zoom_on("alerts", "list", "--open", "--json", "--lang", "en").json
    assert alert["reason"] == "41 articles, 14 expected"
    shown = zoom_on("alerts", "show", "a1", "--json").json
    assert shown["documents"][0]["url"] == "https://phare.example/1"
    assert zoom_on("alerts", "show", "a2").code == 1
    assert zoom_on("themes", "show", "w-ai", "--json").json["documents"] == 0


def test_tables_are_readable_too(zoom_on: Zoom, store: Store) -> None:
    a_seed(store)
    for words in (("themes", "list"), ("signals", "list"), ("alerts", "list"), ("themes", "show", "w-ai"), ("sources", "list")):
        ran = zoom_on(*words)
        assert ran.code == 0
        assert ran.out.strip()
        assert ran.err == ""


def test_a_name_given_by_a_person_stays(zoom_on: Zoom, store: Store) -> None:
    a_seed(store)
    named = zoom_on(
        "themes", "rename", "d-7", "--fr", "Photonique intégrée", "--en", "Integrated photonics", "--now", "2026-03-02"
    )
    assert named.code == 0
    with store.transaction() as conn:
        themes.save(conn, [Theme(id="d-7", origin=Origin.DISCOVERED, label_fr="x", label_en="y", born_on=DAY)])
    shown = zoom_on("themes", "show", "d-7", "--json").json
    assert (shown["label_fr"], shown["label_pinned"]) == ("Photonique intégrée", True)
    assert [event["event"] for event in shown["events"]] == ["pinned"]
    assert zoom_on("themes", "rename", "d-7", "--fr", " ", "--en", "x").code == 2
    assert zoom_on("themes", "pin", "absent").code == 1


def test_a_changed_rule_is_a_new_version(zoom_on: Zoom) -> None:
    added = zoom_on("rules", "add", "big", "--set", "kind=threshold", "--set", "min_observed=20", "--name-fr", "Gros")
    assert added.code == 0
    assert zoom_on("rules", "add", "big", "--set", "min_observed=30", "--disabled").code == 0
    (rule,) = zoom_on("rules", "list", "--json").json
    assert (rule["version"], rule["name"], rule["enabled"]) == (2, "Gros", False)
    assert rule["settings"] == {"kind": "threshold", "min_observed": 30}
    assert zoom_on("rules", "add", "big", "--set", "min_obs=1").code == 2
    assert zoom_on("rules", "add", "momentum", "--set", "min_lift=2").code == 2


def test_a_subscription_ends_without_losing_its_record(zoom_on: Zoom, store: Store) -> None:
    assert zoom_on("subscriptions", "add", "email:lea@phare.example", "--content", "digest", "--lang", "fr").code == 0
    (row,) = zoom_on("subscriptions", "list", "--json").json
    assert (row["channel"], row["content"], row["enabled"]) == ("email", "digest", True)
    assert zoom_on("subscriptions", "remove", row["id"]).code == 0
    with store.reading() as conn:
        assert deliveries.subscribers(conn, "digest") == []
        assert len(deliveries.all_subscriptions(conn)) == 1
    assert zoom_on("subscriptions", "remove", "nobody").code == 1


def test_a_digest_can_be_looked_at_before_it_is_sent(zoom_on: Zoom) -> None:
    shown = zoom_on("digest", "preview", "--now", "2026-03-02", "--lang", "fr")
    assert shown.code == 0
    assert shown.out.strip()
    assert zoom_on("digest", "preview", "--format", "html", "--out", "digest.html").code == 0
    assert "<html" in Path("digest.html").read_text(encoding="utf-8")


def test_a_backup_is_restored_elsewhere(zoom: Zoom, sqlite_store: Store) -> None:
    a_seed(sqlite_store)
    assert zoom("--database", url_of(sqlite_store), "backup", "copy.db").code == 0
    assert zoom("--database", "sqlite:///again.db", "restore", "copy.db").code == 0
    assert [row["id"] for row in zoom("--database", "sqlite:///again.db", "sources", "list", "--json").json] == ["le-phare"]
    assert zoom("--database", "sqlite:///again.db", "check").out == "the database is sound\n"
    assert zoom("--database", "sqlite:///again.db", "restore", "copy.db").code == 1


def test_every_command_has_a_help_text() -> None:
    import typer

    leaves = _leaves(typer.main.get_command(build()), ())
    assert len(leaves) > 30
    for path, command in leaves:
        assert (command.help or "").strip(), path
        for parameter in command.params:
            assert getattr(parameter, "help", "").strip(), (path, parameter.name)


# --- query


def test_a_query_prints_tables_csv_and_json(zoom_on: Zoom, store: Store) -> None:
    a_seed(store)
    sql = "SELECT title AS t, 1.5 AS n FROM documents"
    assert zoom_on("query", sql, "--json").json == [{"t": "=HYPERLINK() Une giga-usine à Brest", "n": 1.5}]
    assert zoom_on("query", sql, "--format", "csv").out == "t,n\n'=HYPERLINK() Une giga-usine à Brest,1.5\n"
    assert "giga-usine" in zoom_on("query", sql).out
    assert any(row["view"] == "v_signals" for row in zoom_on("query", "--views", "--json").json)


HARMFUL = (
    "DELETE FROM documents",
    "UPDATE documents SET title = 'x'",
    "INSERT INTO cursors VALUES ('a', 'b')",
    "DROP TABLE documents",
    "CREATE TABLE x (y INTEGER)",
    "SELECT 1; DELETE FROM documents",
    "WITH gone AS (DELETE FROM documents RETURNING id) SELECT * FROM gone",
    "COPY documents TO '/tmp/stolen'",
    "COMMIT",
    "VACUUM",
    "ATTACH 'other.db' AS other",
    "PRAGMA journal_mode = DELETE",
    "SET transaction_read_only = off",
    "SELECT load_extension('x')",
    "DO $$ BEGIN DELETE FROM documents; END $$",
    "EXPLAIN ANALYZE DELETE FROM documents",
)


def test_a_query_changes_nothing(zoom_on: Zoom, store: Store) -> None:
    a_seed(store)
    for sql in HARMFUL:
        ran = zoom_on("query", sql)
        assert ran.code in (1, 2), sql
        assert ran.out == "", sql
        assert "Traceback" not in ran.err, sql
        with store.reading() as conn:
            assert "HYPERLINK" in documents.by_ids(conn, ["d1"])[0].title, sql
    assert not Path("other.db").exists()


def test_a_query_stops_at_its_limits(zoom_on: Zoom, store: Store) -> None:
    many = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t{}) SELECT {} FROM t"
    ran = zoom_on("query", many.format(" WHERE n < 100", "n"), "--limit", "10", "--json")
    assert len(ran.json) == 10
    assert "first 10 rows" in ran.err
    endless = zoom_on("query", many.format("", "COUNT(*)"), "--timeout", "0.3")
    assert endless.code == 1
    assert "was stopped" in endless.err
    assert zoom_on("query", "SELECT 1 AS one", "--json").json == [{"one": 1}]


def test_a_query_does_not_disturb_a_writer(sqlite_store: Store, zoom: Zoom) -> None:
    with sqlite_store.transaction():
        assert zoom("--database", url_of(sqlite_store), "query", "SELECT COUNT(*) AS n FROM themes", "--json").json == [{"n": 0}]


def test_a_newer_database_is_refused(zoom: Zoom) -> None:
    zoom("init", "--no-themes")
    with sqlite3.connect("zoom-avant.db") as conn:
        assert conn.execute("SELECT version_num FROM alembic_version").fetchone()[0] == head_revision()
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.close()
    for words in (("init", "--no-themes"), ("sources", "list")):
        assert zoom(*words).code == 1


def test_now_is_understood_in_any_zone(zoom_on: Zoom) -> None:
    ran = zoom_on("run", "--only", "collect,owe", "--now", "2026-03-02T12:00:00+01:00", "--json")
    assert ran.code == 0
    assert [row["step"] for row in ran.json] == ["collect", "owe"]
