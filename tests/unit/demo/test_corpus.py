"""The demonstration corpus is what its README says."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.resources
from collections import Counter
from pathlib import Path

from monitor.demo.documents import load_corpus
from storage.model import Kind

FOLDER = Path(str(importlib.resources.files("monitor.demo") / "corpus"))
CORPUS = load_corpus()


def storylines() -> dict[str, str]:
    with (FOLDER / "storylines.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["storyline"] for row in csv.DictReader(file)}


def test_every_document_has_a_source_a_storyline_and_an_id_that_tells_nothing() -> None:
    known = storylines()
    assert [item.id for item in CORPUS.items] == [f"doc-{n:03d}" for n in range(1, len(CORPUS.items) + 1)]
    assert set(known) == {item.id for item in CORPUS.items}
    for item in CORPUS.items:
        outlet = CORPUS.outlet(item.source)
        assert outlet is not None
        assert (outlet.kind, outlet.lang) == (item.kind, item.lang)


def test_size_languages_kinds_and_dates() -> None:
    items = CORPUS.items
    french = sum(item.lang == "fr" for item in items) / len(items)
    assert 450 <= len(items) <= 600
    assert 0.55 <= french <= 0.65
    assert {item.kind for item in items} == set(Kind)
    assert len(CORPUS.outlets) >= 14
    assert {outlet.dialect for outlet in CORPUS.outlets} == {"rss", "atom", "rdf", "jsonfeed"}
    assert (CORPUS.first_day, CORPUS.weeks) == (dt.date(2026, 5, 18), 26)


def test_texts_are_short_and_no_two_are_alike_but_the_press_release() -> None:
    known = storylines()
    written = [item for item in CORPUS.items if known[item.id] != "press_release"]
    openings = Counter(" ".join(item.text.split()[:5]) for item in written)
    assert all(35 <= len(item.text.split()) <= 100 for item in CORPUS.items)
    assert len({item.title for item in CORPUS.items}) == len(CORPUS.items)
    assert max(openings.values()) == 1


def test_french_typography() -> None:
    for item in CORPUS.items:
        if item.lang == "fr":
            words = f"{item.title} {item.text}"
            assert not any(wrong in words for wrong in ('"', " '", "  ", "«L", "d' ")), item.id
            assert "é" in words or "è" in words or "à" in words, item.id


def test_the_readme_counts_right() -> None:
    counted = Counter(storylines().values())
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{len(CORPUS.items)} short documents" in text
    for name, story in (
        ("AI gigafactories", "gigafactories"),
        ("integrated photonics", "photonics"),
        ("mycelium as building material", "weak"),
        ("the metaverse", "metaverse"),
        ("quantum technologies", "quantum"),
        ("digital twins of ships and shipyards", "twins_naval"),
    ):
        assert f"| {name} | {counted[story]} |" in text
    assert f"{counted['quantum_newfeed']} documents" in text


def test_the_new_feed_opens_before_its_first_document_and_outages_last_two_weeks() -> None:
    opening = [outlet for outlet in CORPUS.outlets if outlet.opens]
    assert [outlet.id for outlet in opening] == ["quantum-courier"]
    assert opening[0].opens is not None
    assert opening[0].opens <= CORPUS.of("quantum-courier")[0].published
    assert {(outage.last - outage.first).days for outage in CORPUS.outages} == {13}
    assert len(CORPUS.outages) == 8
    assert all(CORPUS.outlet(outage.source) for outage in CORPUS.outages)
