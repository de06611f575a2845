"""Organisations under one id and territories with their codes, from the text to the views, on both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from nlp.config import NlpSettings
from nlp.enrich import enrich
from nlp.facts.step import facts, read_facts
from storage import actors, documents, territories
from storage.actors import Actor
from storage.model import Fact
from storage.store import Store
from tests.unit.nlp.documents import a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SETTINGS = NlpSettings()
BLANK = NlpSettings(spacy_models={"fr": "blank", "en": "blank"})

CORPUS = [
    a_document(
        "fr", "Le Commissariat à l'énergie atomique s'installe en Bretagne", "Le CEA ouvre un site à Lannion (Côtes-d'Armor)."
    ),
    a_document(
        "en",
        "Nvidia and the European Commission sign",
        "The Commission européenne said NVIDIA Corp would build in Brittany, France.",
    ),
]


def organisations(found: list[Fact]) -> set[tuple[str, str | None]]:
    return {(fact.value, fact.actor) for fact in found if fact.kind == "organisation"}


def read(title: str, text: str = "", lang: str = "fr", settings: NlpSettings = SETTINGS) -> list[Fact]:
    return read_facts([a_document("x", title, text)], settings, {"x": lang})


def test_spellings_and_languages_meet_in_one_actor(store: Store) -> None:
    store_documents(store, CORPUS, lang=None)
    enrich(store, NOW, BLANK)
    facts(store, NOW, BLANK)
    with store.reading() as conn:
        found = documents.facts_of(conn, ["fr", "en"])
        stored = actors.by_ids(conn, ["cea", "nvidia", "commission-europeenne", "nobody"])
        rows = conn.execute(sa.text("SELECT name, actor_kind, country, documents FROM v_actors ORDER BY name")).fetchall()
    assert organisations(found) == {("CEA", "cea"), ("Nvidia", "nvidia"), ("Commission européenne", "commission-europeenne")}
    assert stored["cea"] == Actor(id="cea", name="CEA", kind="institute", country="FR", siren="775685019", ror="00jjx8s55")
    assert sorted(stored) == ["cea", "commission-europeenne", "nvidia"]
    assert [tuple(row) for row in rows] == [
        ("CEA", "institute", "FR", 1),
        ("Commission européenne", "public", "EU", 1),
        ("Nvidia", "company", "US", 1),
    ]


def test_territories_are_declared_once_with_names_and_codes(store: Store) -> None:
    store_documents(store, CORPUS, lang=None)
    facts(store, NOW, BLANK)
    query = "SELECT name_fr, name_en, nuts, documents FROM v_territories WHERE level = 'region'"
    with store.reading() as conn:
        assert tuple(conn.execute(sa.text(query)).one()) == ("Bretagne", "Brittany", "FRH0", 2)
        known = territories.all_territories(conn)
    with store.transaction() as conn:
        assert territories.declare(conn, known) == 0, "nothing is written again"
    assert len([territory for territory in known if territory.level == "departement"]) == 101


def test_running_again_leaves_the_actors_as_they_are(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS, lang=None)
    facts(sqlite_store, NOW, BLANK)
    rows = sa.text("SELECT * FROM actors ORDER BY id")
    with sqlite_store.reading() as conn:
        before = conn.execute(rows).fetchall()
    facts(sqlite_store, NOW, BLANK, document_ids=["en", "fr"])
    with sqlite_store.reading() as conn:
        assert conn.execute(rows).fetchall() == before != []


def test_the_best_spelling_names_an_actor_whatever_came_first(store: Store) -> None:
    with store.transaction() as conn:
        actors.save(conn, [], [Actor(id="ecodia", name="ECODIA"), Actor(id="ecodia", name="Ecodia")])
        actors.save(conn, [], [Actor(id="ecodia", name="Écodia"), Actor(id="ecodia", name="ECODIA")])
        actors.save(conn, [], [Actor(id="ecodia", name="ecodia"), Actor(id="cnrs", name="Cnrs")])
        assert {key: actor.name for key, actor in actors.by_ids(conn, ["ecodia", "cnrs"]).items()} == {
            "ecodia": "Écodia",
            "cnrs": "Cnrs",
        }
        actors.save(conn, [Actor(id="cnrs", name="CNRS", kind="institute")], [Actor(id="cnrs", name="Le CNRS")])
        actors.save(conn, [], [Actor(id="cnrs", name="Çnrs")])
        assert actors.by_ids(conn, ["cnrs"])["cnrs"].name == "CNRS", "a gazetteer's name stays"


def test_an_acronym_a_document_introduces_is_the_same_actor() -> None:
    found = read(
        "L'Agence bretonne des semences (ABS) recrute.",
        "L'ABS, installée à Rennes, s'appuie sur l'Institut national des fibres marines (INFM). L'INFM compte 40 agents.",
    )
    ids = {fact.matched: fact.actor for fact in found if fact.kind == "organisation"}
    assert ids["INFM"] == "institut-national-des-fibres-marines"
    assert ids["ABS"] == "agence-bretonne-des-semences"


@pytest.mark.parametrize(
    ("text", "lang", "named"),
    [
        ("La start-up rennaise Kelvia recrute.", "fr", "Kelvia"),
        ("Norvik raises $12m to build tidal turbines.", "en", "Norvik"),
        ("Kelvia lève 12 millions d'euros.", "fr", "Kelvia"),
        ("Apple and Orange sign a deal.", "en", "Apple"),
        ("La région Bretagne et le Conseil régional de Bretagne financent le projet.", "fr", "Région Bretagne"),
    ],
)
def test_words_around_a_name_show_an_organisation(text: str, lang: str, named: str) -> None:
    assert named in {name for name, _ in organisations(read(text, lang=lang))}


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The A320 needs AI, a GPU and Windows 11.", "en"),
        ("Une orange, un casino et une visa free.", "fr"),
        ("A meta-analysis of apple trees.", "en"),
        ("Le PDG parle d'IA et de PME.", "fr"),
    ],
)
def test_words_that_are_no_organisation(text: str, lang: str) -> None:
    assert organisations(read(text, lang=lang)) == set()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Camille Vandamme annonce un plan. Vandamme signe et ouvre le débat.", "fr"),
        ("Photo by Becca Bradwell / Norvik. Bradwell launches and announces a book.", "en"),
        ("Le chantier est mené par Solène Kermadec, selon M. Kermadec.", "fr"),
    ],
)
def test_cues_never_make_an_organisation_of_a_person(text: str, lang: str) -> None:
    stored = " ".join(f"{fact.value} {fact.matched}" for fact in read(text, lang=lang))
    assert not any(name in stored for name in ("Vandamme", "Bradwell", "Kermadec"))


def test_a_place_inside_an_organisations_name_is_not_named() -> None:
    found = read("Air France commande dix avions à Airbus.")
    assert {fact.value for fact in found if fact.kind in ("country", "region", "departement")} == set()
    found = read("La Région Bretagne finance le projet.")
    assert {fact.value for fact in found if fact.kind == "region"} == {"53"}


def test_a_document_in_another_language_is_marked_and_read_by_no_model(store: Store) -> None:
    german = a_document(
        "de", "Ein neues Rechenzentrum entsteht in Bayern", "Das Unternehmen Hellwerk AG baut mit Siemens und der Stadt ein Werk."
    )
    store_documents(store, [german], lang=None)
    enrich(store, NOW, SETTINGS)
    assert facts(store, NOW, SETTINGS).documents == 1
    with store.reading() as conn:
        found = documents.facts_of(conn, ["de"])
        language = conn.execute(sa.text("SELECT language FROM v_documents")).scalar_one()
    assert language == "de"
    assert {fact.kind for fact in found} <= {"domain", "announcement"}


def test_a_file_of_ones_own_adds_organisations(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        '[organisations]\n"Voltacycle" = { kind = "company", country = "FR", names = ["vc bretagne"] }\n', encoding="utf-8"
    )
    own = BLANK.model_copy(update={"gazetteer_extra": path})
    assert organisations(read("Accord entre vc bretagne et le CNRS", settings=own)) == {
        ("Voltacycle", "voltacycle"),
        ("CNRS", "cnrs"),
    }
