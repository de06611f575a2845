"""The page of the views and the views themselves say the same, on both databases."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import documents, feedback, observations, themes
from storage.model import Feedback, Kind, State, Verdict
from storage.store import Store, view_names
from tests.builders import NOW, TODAY, a_document, a_fact, a_run, a_signal, a_theme, add_counts, add_one_of_each

PAGE = Path(__file__).parents[2] / "docs" / "views.md"
SECTIONS = dict(re.findall(r"^## (v_\w+)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S))


def columns_of(section: str) -> list[str]:
    """Names in backticks of the first cell of each row."""
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def example_of(section: str) -> str:
    (example,) = re.findall(r"```sql\n(.*?)```", section, flags=re.S)
    return example


LONG_RUN = {"long_run": {"since": "2021-04-01", "per_year": 0.35, "months": 59}}


@pytest.fixture
def filled(store: Store) -> Store:
    """One of each, and what only the views of the long time, of the horizon and of answers show."""
    with store.transaction() as conn:
        add_one_of_each(conn)
        themes.save(conn, [a_theme(key) for key in ("rising", "odd", "odder", "gone")])
        themes.retire(conn, ["gone"], TODAY)
        observations.add_signals(
            conn,
            [
                a_signal("rising", state=State.TREND, decided_by="long_rise", stage="growth", evidence=LONG_RUN),
                a_signal("odd", state=State.RUPTURE, score=6.0, observed=20.0, sources=9),
                a_signal("odder", state=State.WEAK_SIGNAL, score=2.0, observed=4.0, sources=3, buzz=1.5, falling=0.2),
                a_signal("gone", state=State.RUPTURE),
            ],
        )
        covered = [(TODAY, "gazette", 12), (TODAY, "fonds", 3), (TODAY + dt.timedelta(days=2), "gazette", 5), (TODAY, "else", 99)]
        rows = [{"source_key": key, "kind": "news", "day": day, "stories": stories} for day, key, stories in covered]
        add_counts(conn, covered=rows)
        for reader, verdict in (("ana", "useful"), ("bo", "useful"), ("cy", "noise")):
            feedback.save(
                conn,
                Feedback(id=f"f-{reader}", alert_id="a1", verdict=Verdict(verdict), given_by=reader, given_at=NOW, note="lu"),
            )
    return store


def test_every_view_has_a_section_and_every_section_a_view() -> None:
    assert list(SECTIONS) != []
    assert sorted(SECTIONS) == view_names()


def test_every_column_is_documented(filled: Store) -> None:
    with filled.reading() as conn:
        found = {name: list(conn.execute(sa.text(f"SELECT * FROM {name}")).keys()) for name in view_names()}
    documented = {name: columns_of(section) for name, section in SECTIONS.items()}
    for name, columns in found.items():
        assert sorted(documented[name]) == sorted(columns), name


def test_every_example_runs_and_finds_something(filled: Store) -> None:
    with filled.reading() as conn:
        empty = [name for name, section in SECTIONS.items() if not conn.execute(sa.text(example_of(section))).fetchall()]
    assert empty == []


def one(store: Store, query: str) -> tuple[object, ...]:
    with store.reading() as conn:
        return tuple(conn.execute(sa.text(query)).one())


def test_v_documents_marks_copies(filled: Store) -> None:
    query = "SELECT is_copy, story_id, source_name, language FROM v_documents WHERE document_id = "
    assert one(filled, query + "'d1'") == (0, "d1", "Gazette", "fr")
    assert one(filled, query + "'d2'") == (1, "d1", "Gazette", "fr")
    assert one(filled, query + "'p2'") == (0, None, "Registre", None), "not enriched yet"


def test_v_themes_shows_the_newest_signal_and_totals(filled: Store) -> None:
    query = "SELECT stories, documents, state, score FROM v_themes WHERE theme_id = "
    assert one(filled, query + "'quantum'") == (3, 3, "emerging", 4.2)
    assert one(filled, query + "'c-quantum-naval'") == (0, 0, "weak_signal", 4.2)


def test_v_themes_says_what_a_theme_ended_in_and_what_stands_above_it(filled: Store) -> None:
    with filled.transaction() as conn:
        run = a_run("merge@1", step="merge")
        themes.save(conn, [a_theme("broad", level=1), a_theme("narrow", parent_id="broad"), a_theme("ended")])
        themes.merge(conn, "ended", "narrow", run, TODAY, "person")
    query = "SELECT level, parent_id, merged_into FROM v_themes WHERE theme_id = "
    assert one(filled, query + "'broad'") == (1, None, None)
    assert one(filled, query + "'narrow'") == (0, "broad", None)
    assert one(filled, query + "'ended'") == (0, None, "narrow")
    lives = "SELECT theme_id, event, other_id, decided_by FROM v_lineage WHERE 'narrow' IN (theme_id, other_id) ORDER BY event"
    with filled.reading() as conn:
        rows = [tuple(row) for row in conn.execute(sa.text(lives))]
    assert rows == [("narrow", "absorbed", "ended", "person"), ("ended", "merged", "narrow", "person")]


def test_v_lineage_names_both_themes_and_who_decided(filled: Store) -> None:
    query = "SELECT label_en, other_id, other_label_en, weight, decided_by FROM v_lineage WHERE event = "
    assert one(filled, query + "'split'") == ("Quantum", "c-quantum-naval", "Quantum × naval", 0.4, "refit")
    assert one(filled, query + "'absorbed'") == ("Quantum × naval", "quantum", "Quantum", None, "person")
    assert one(filled, query + "'born'") == ("Quantum", None, None, None, None), "words of a theme decide nothing"


def test_v_lineage_knows_that_a_pinned_name_is_a_persons(filled: Store) -> None:
    with filled.transaction() as conn:
        themes.pin_label(conn, "quantum", 'Les « "by": "refit" »', "Qubits", TODAY)
    assert one(filled, "SELECT decided_by, label_en FROM v_lineage WHERE event = 'pinned'") == ("person", "Qubits")


def test_v_theme_weekly_counts_each_source_once(filled: Store) -> None:
    """Two sources on Monday, one of them again on Tuesday: three stories of two sources."""
    assert one(filled, "SELECT stories, sources, documents FROM v_theme_weekly") == (3, 2, 3)
    assert one(filled, f"SELECT COUNT(*), MIN(stories) FROM v_theme_daily WHERE day >= '{TODAY}'") == (2, 1)


def test_v_alerts_names_the_rule_of_today(filled: Store) -> None:
    assert one(filled, "SELECT rule_en, label_en, is_open FROM v_alerts") == ("Momentum", "Quantum", 1)


def test_v_theme_daily_and_weekly_have_the_collection_of_the_usual_sources_beside_them(filled: Store) -> None:
    daily = "SELECT stories, covered, eur FROM v_theme_daily WHERE day = "
    assert one(filled, f"{daily}'{TODAY}'") == (2, 15, None), "what other sources gave does not count"
    assert one(filled, f"{daily}'{TODAY + dt.timedelta(days=1)}'") == (1, 0, None)
    assert one(filled, "SELECT stories, covered FROM v_theme_weekly") == (3, 20)


def test_v_theme_coverage_tells_silence_from_a_gap(filled: Store) -> None:
    with filled.reading() as conn:
        rows = conn.execute(sa.text("SELECT day, covered, sources, stories FROM v_theme_coverage ORDER BY day")).all()
    found = {str(day): tuple(rest) for day, *rest in rows}
    assert found == {str(TODAY): (15, 2, 2), str(TODAY + dt.timedelta(days=2)): (5, 1, 0)}


def test_v_signals_and_v_themes_say_what_decided_the_state(filled: Store) -> None:
    columns = "state, decided_by, stage, buzz, falling"
    assert one(filled, f"SELECT {columns} FROM v_themes WHERE theme_id = 'rising'") == ("trend", "long_rise", "growth", 0.0, 0.0)
    assert one(filled, f"SELECT {columns} FROM v_signals WHERE theme_id = 'odder'") == ("weak_signal", "", None, 1.5, 0.2)


def test_v_perspective_shows_the_long_run(filled: Store) -> None:
    query = "SELECT theme_id, state, rising_since, months, growth_per_year, stories FROM v_perspective"
    assert one(filled, query) == ("rising", "trend", "2021-04-01", 59, 0.35, None)


def test_v_prospective_ranks_by_surprise_and_by_scarcity(filled: Store) -> None:
    with filled.reading() as conn:
        columns = "place, theme_id, surprise_rank, scarcity_rank, surprise"
        rows = conn.execute(sa.text(f"SELECT {columns} FROM v_prospective ORDER BY place, theme_id")).all()
    ranked = [(place, theme, surprise, scarcity, round(times, 2)) for place, theme, surprise, scarcity, times in rows]
    assert ranked == [(1, "odd", 1, 2, 2.0), (2, "odder", 3, 1, 0.67), (3, "c-quantum-naval", 2, 3, 1.4)], (
        "retired themes are out"
    )


def test_v_feedback_and_v_alerts_count_the_newest_words(filled: Store) -> None:
    with filled.transaction() as conn:
        word = Feedback(id="f-bo", alert_id="a1", verdict=Verdict.KNOWN, given_by="bo", given_at=NOW + dt.timedelta(hours=1))
        feedback.save(conn, word)
    assert one(filled, "SELECT useful, known, noise, kind, rule_version, threshold FROM v_alerts") == (
        1,
        1,
        1,
        "momentum",
        1,
        0.0,
    )
    assert one(filled, "SELECT verdict, note, kind, theme_id FROM v_feedback WHERE given_by = 'ana'") == (
        "useful",
        "lu",
        "momentum",
        "quantum",
    )


def test_v_rules_has_the_newest_version_and_what_came_of_all(filled: Store) -> None:
    columns = "rule_id, rule_version, rule_en, enabled, alerts, open_alerts, alerts_of_version, useful, noise"
    assert one(filled, f"SELECT {columns} FROM v_rules") == ("momentum", 2, "Momentum", 1, 1, 1, 0, 2, 1)


def test_v_funding_keeps_amounts_as_written_beside_euros(filled: Store) -> None:
    query = "SELECT document_id, amount, low, currency, eur, role, amount_text FROM v_funding"
    assert one(filled, query) == ("f1", 12_500_000.0, 10_000_000.0, "USD", 11_600_000.0, "stated", "$10-12.5m")


def a_record(conn: sa.Connection) -> None:
    """A funding document whose record states a sum, parties and a place, beside a sum of its text."""
    stated = {
        "amount": [("450000 EUR", {"number": 450_000.0, "unit": "EUR", "eur": 450_000.0, "role": "stated"})],
        "organisation": [
            ("Université Exemple", {"role": "beneficiary", "actor": "u"}),
            ("Société Exemple", {"role": "beneficiary", "actor": "s"}),
            ("ANR", {"role": "funder", "actor": "anr"}),
            ("Collectivité Exemple", {"role": "buyer", "actor": "c"}),
        ],
        "programme": [("France 2030", {})],
        "departement": [("35", {}), ("22", {})],
        "region": [("53", {})],
        "country": [("FR", {})],
    }
    rows = [(kind, value, more) for kind, values in stated.items() for value, more in values]
    documents.add(conn, [a_document("f2", source_id="fonds", kind=Kind.FUNDING)])
    read = [
        a_fact("f2", kind, value, matched=value, start=-n, end=-n, **more) for n, (kind, value, more) in enumerate(rows, start=1)
    ]
    text = a_fact("f2", value="9000000 EUR", number=9e6, unit="EUR", eur=9e6, role="stated")
    named = a_fact("f2", "round", "seed", matched="(Seed)", role="equity")
    documents.add_facts(conn, "facts/1", ["f2"], [*read, text, named])


def test_v_funding_shows_what_the_record_states_and_leaves_out_the_sums_of_its_text(filled: Store) -> None:
    with filled.transaction() as conn:
        a_record(conn)
    columns = "amount, amount_from, beneficiary, beneficiaries, buyer, funder, programme, round, departement, region, country"
    assert one(filled, f"SELECT {columns} FROM v_funding WHERE document_id = 'f2'") == (
        450_000.0,
        "record",
        "Université Exemple",
        2,
        "Collectivité Exemple",
        "ANR",
        "France 2030",
        "seed",
        "35",
        "53",
        "FR",
    )
    assert one(filled, f"SELECT {columns} FROM v_funding WHERE document_id = 'f1'")[:4] == (12_500_000.0, "text", None, 0)


def test_v_funding_keeps_the_sums_of_a_text_beside_a_mere_estimate(filled: Store) -> None:
    with filled.transaction() as conn:
        estimate = a_fact("f1", value="5 EUR", number=5.0, unit="EUR", eur=5.0, role="target", start=-1, end=-1)
        documents.add_facts(conn, "facts/1", ["f1"], [estimate])
        rows = conn.execute(sa.text("SELECT amount_from, role FROM v_funding ORDER BY amount")).all()
    assert [tuple(row) for row in rows] == [("record", "target"), ("text", "stated")]


def test_v_announcements_shows_the_words_and_the_theme(filled: Store) -> None:
    query = "SELECT announcement, announcement_text, theme_id, label_en, is_copy FROM v_announcements WHERE document_id = "
    assert one(filled, query + "'d1'") == ("site", "inaugure", "quantum", "Quantum", 0)
    assert one(filled, query + "'f1'") == ("funding_round", "raises $10-12.5m", None, None, 0)


def test_v_patents_by_country_says_how_the_country_is_known(filled: Store) -> None:
    query = "SELECT country, patents FROM v_patents_by_country WHERE country_from = "
    assert one(filled, query + "'applicant'") == ("JP", 1), "what the text names besides does not count"
    assert one(filled, query + "'text'") == ("DE", 1)
    assert one(filled, query + "'source'") == ("FR", 1)


def test_v_territories_counts_copies_once(filled: Store) -> None:
    query = "SELECT territory, theme_id, documents, stories, sources, stated FROM v_territories WHERE level = 'region'"
    assert one(filled, query) == ("53", "quantum", 2, 1, 1, 0)


def test_v_territories_has_names_and_nuts_codes_where_they_are_known(filled: Store) -> None:
    assert one(filled, "SELECT DISTINCT name_fr, name_en, nuts FROM v_territories WHERE territory = '53'") == (
        "Bretagne",
        "Brittany",
        "FRH0",
    )
    assert one(filled, "SELECT name_fr, nuts, documents, stated FROM v_territories WHERE territory = 'DE'") == (None, None, 2, 0)
    assert one(filled, "SELECT documents, stated FROM v_territories WHERE territory = 'JP'") == (1, 1)


def test_v_actors_counts_spellings_as_one_and_copies_once(filled: Store) -> None:
    query = "SELECT actor_id, name, actor_kind, country, theme_id, documents, stories, sources FROM v_actors"
    assert one(filled, query) == ("voltacycle", "Voltacycle", "company", "FR", "quantum", 2, 1, 1)


def test_v_conjunctions_names_both_parts(filled: Store) -> None:
    assert one(filled, "SELECT technology_en, domain, state FROM v_conjunctions") == ("Quantum", "naval", "weak_signal")


def test_v_source_health_counts_visits_and_documents(filled: Store) -> None:
    query = "SELECT state, visits, failed_visits, rejected_items, documents FROM v_source_health WHERE source_id = "
    assert one(filled, query + "'gazette'") == ("active", 1, 0, 1, 2)
    assert one(filled, query + "'fonds'") == ("never_reached", 0, 0, 0, 1)


def test_v_source_coverage_says_why_a_day_is_missing(filled: Store) -> None:
    query = "SELECT source_name, visits, failed_visits, documents, expected, gap FROM v_source_coverage WHERE source_id = "
    assert one(filled, query + "'gazette'") == ("Gazette", 1, 0, 2, 2.0, "none")
    assert one(filled, query + "'fonds'")[1:] == (2, 2, 0, None, "failed")


def test_v_deliveries_hides_the_message(filled: Store) -> None:
    with filled.reading() as conn:
        row = conn.execute(sa.text("SELECT * FROM v_deliveries")).one()
    assert row.state == "pending"
    assert "payload" not in row._fields
    assert "receipt" not in row._fields
