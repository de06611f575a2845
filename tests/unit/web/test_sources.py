"""The page of the sources: what needs a person comes first, with its reason in the reader's language and its missing days."""

from __future__ import annotations

import datetime as dt

from storage import coverage, sources
from storage.coverage import SourceDay
from storage.model import Kind, Source, SourceState
from storage.store import Store
from tests.builders import NOW
from tests.unit.web.testing import TestClient
from web.sources import strip

FIRST = dt.date(2026, 1, 1)


def day(number: int, documents: int = 0, gap: str | None = None, source: str = "phare") -> SourceDay:
    return SourceDay(
        source_id=source, day=FIRST + dt.timedelta(days=number), visits=1, failed_visits=0, documents=documents, gap=gap
    )


def fill(store: Store) -> None:
    shared = {"kind": Kind.NEWS, "url": "https://s.example/flux"}
    with store.transaction() as conn:
        sources.declare(
            conn,
            [
                Source(id="phare", name="Le Phare", **shared),  # type: ignore[arg-type]
                Source(id="cap", name="Le Cap <b>", **shared),  # type: ignore[arg-type]
                Source(id="repos", name="Au Repos", enabled=False, disabled_reason="by_hand: switched off by a person", **shared),  # type: ignore[arg-type]
            ],
        )
        sources.learn(conn, "phare", {"state": SourceState.ACTIVE, "gap_days": 7.0, "last_success_at": NOW})
        blocked = {"state": SourceState.BLOCKED, "state_reason": "forbidden: the site refuses access (HTTP 403)"}
        sources.learn(conn, "cap", blocked | {"tdm": "reserved tdmrep.json"})
        coverage.save(conn, [day(0, 4), day(1, 2), day(2, gap="failed"), day(59, 1), day(59, gap="blocked", source="cap")])


def test_what_needs_a_person_comes_first_in_the_readers_language(empty: TestClient, sqlite_store: Store) -> None:
    fill(sqlite_store)
    french, english = empty.get("/sources?lang=fr").text, empty.get("/sources?lang=en").text
    assert french.index("Le Cap &lt;b&gt;") < french.index("Le Phare")
    assert "le site refuse l&#39;accès (HTTP 403)" in french
    assert "the site refuses access (HTTP 403)" in english
    assert "tous les 7 jours" in french
    assert "fouille de textes réservée" in french
    assert "désactivée par une personne" in french
    assert "1 Jan to 1 Mar" in english


def test_the_strip_says_in_words_what_it_draws(empty: TestClient, sqlite_store: Store) -> None:
    fill(sqlite_store)
    page = empty.get("/sources?lang=en").text
    assert 'aria-label="7 documents in sixty days, visit failed × 1"' in page
    assert 'aria-label="0 documents in sixty days, access refused × 1"' in page
    assert 'class="gap gap-failed"' in page


def test_a_strip_marks_missing_days_and_scales_to_the_busiest() -> None:
    drawn = strip([day(0, 10), day(1, 5), day(2, gap="silent"), day(3)], FIRST)
    assert drawn.bars == "M2 24V0M6 24V12"
    assert drawn.gaps == {"silent": "M10 0V24"}
    assert (drawn.missing, drawn.documents) == ({"silent": 1}, 15)
    assert strip([], FIRST).bars == ""


def test_without_sources_the_page_says_how_to_begin(empty: TestClient) -> None:
    assert "zoom-avant sources add --catalogue" in empty.get("/sources").text
