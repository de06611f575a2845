from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from nlp.facts.announcements import announcement_facts, announcements, announcements_pipeline, read_announcements
from storage.errors import ConfigError
from storage.model import Kind
from tests.unit.nlp.documents import a_document


def kinds(title: str, text: str = "", kind: Kind = Kind.NEWS, year: int | None = None) -> list[str]:
    return [match.value for match in read_announcements(title, text, kind, year=year)]


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Carénum lève 7,8 M€ pour ses jumeaux numériques", "funding_round"),
        ("Fogline raises $12 million in Series A round", "funding_round"),
        ("Voltacycle investit 145 millions d'euros dans le recyclage", "investment"),
        ("Halden Glass to invest £40m in electric furnaces", "investment"),
        ("Penfeldis rachète son concurrent Marnix", "acquisition"),
        ("Quillbridge acquires a maker of sensors", "acquisition"),
        ("La Région lance un appel à manifestation d'intérêt", "call"),
        ("Call for proposals on quantum networks opens", "call"),
        ("Ondalia lance une application de suivi des colis", "product"),
        ("Deeproot unveils a robot for orchards", "product"),
        ("Un décret encadre les drones de livraison", "regulation"),
        ("The AI Act enters into force", "regulation"),
        ("Deux armateurs signent un partenariat avec l'institut", "partnership"),
        ("Halden and Fogline sign a memorandum of understanding", "partnership"),
        ("Des chercheurs lyonnais démontrent un laser sur puce", "research_result"),
        ("Scientists show a battery that heals itself", "research_result"),
        ("Le chantier naval recrute 80 soudeurs", "hiring"),
        ("Marlowe to hire 200 engineers", "hiring"),
        ("Voltacycle inaugure son usine de Valenciennes", "site"),
        ("Fogline opens a plant in Cork", "site"),
        ("La scierie de Morvane cesse son activité", "site"),
        ("Tanneries Ostrel : l'atelier sera achevé au printemps", "site"),
        ("Halden plants its flag in Graz", "site"),
        ("Penfeldis change de mains", "acquisition"),
        ("Marnix sold to its employees", "acquisition"),
        ("Deux hôpitaux mutualisent leurs laboratoires", "partnership"),
        ("Fogline and Halden will jointly build sensors", "partnership"),
        ("Des océanographes détectent une bactérie inconnue", "research_result"),
        ("A method is presented that weighs whales from the air", "research_result"),
        ("Candidatez avant le 12 mars", "call"),
        ("Bids close on 1 June", "call"),
    ],
)
def test_a_kind_is_read_from_its_turns_of_phrase(title: str, code: str) -> None:
    assert code in kinds(title)


def test_a_document_may_announce_several_things_each_with_its_words() -> None:
    title = "Voltacycle inaugure son usine et recrute 180 personnes"
    found = {match.value: title[match.start : match.end] for match in read_announcements(title, "")}
    assert found == {"site": "inaugure", "hiring": "recrute"}


@pytest.mark.parametrize(
    "title",
    [
        "Voltacycle n'ouvre pas d'usine à Valenciennes",
        "The board never raised the money",
        "« Il faut penser la ville autrement »",
        "Un missile de croisière lancé depuis la mer",
        "Jobs was right about small screens",
    ],
)
def test_what_is_denied_or_said_in_passing_announces_nothing(title: str) -> None:
    assert kinds(title) == []


def test_the_past_of_a_text_is_background() -> None:
    assert kinds("Portrait de Carénum", "La société avait levé 7 M€.") == []
    assert kinds("Portrait de Carénum", "Elle a levé 7 M€ en 2019 auprès d'Estran.", year=2026) == []
    assert kinds("Portrait de Carénum", "Elle a levé 7 M€ en 2026 auprès d'Estran.", year=2026) == ["funding_round"]
    assert kinds("Carénum avait levé 7 M€") == ["funding_round"], "a title tells what the document is about"


def test_a_paper_announces_its_result_and_a_patent_nothing() -> None:
    title = "Photonic interposers for neural networks"
    assert [tuple(match) for match in read_announcements(title, "", Kind.PAPER)] == [("research_result", 0, len(title))]
    assert kinds("Acme raises $5m", "", Kind.PAPER) == ["research_result"]
    assert kinds("Acme raises $5m", "", Kind.PATENT) == []


def test_facts_know_the_year_of_their_document() -> None:
    document = a_document("a", "Portrait", "Voltacycle a inauguré son usine en 2021.", day=dt.date(2026, 3, 2))
    assert announcement_facts([document]) == []
    (fact,) = announcement_facts([a_document("b", "Voltacycle ouvre une usine")])
    assert (fact.kind, fact.value, fact.matched, fact.pipeline) == (
        "announcement",
        "site",
        "ouvre une usine",
        announcements_pipeline(),
    )


def test_the_ten_shipped_kinds_have_names_in_both_languages() -> None:
    shipped = announcements()
    assert len(shipped) == 10
    assert all(kind.label_fr and kind.label_en and kind.label_fr != kind.code for kind in shipped.values())


@pytest.mark.parametrize(
    "content",
    [
        '[sale]\nweak = ["solde"]\n',
        '[sale]\nterms = ["… solde"]\n',
        '[sale]\nterms = ["solde"]\nweak = ["soldes"]\n',
        '[sale]\nterms = ["solde"]\nstrong = ["braderie"]\n',
        'denied_before = "ne"\n[sale]\nterms = ["solde"]\n',
    ],
)
def test_a_wrong_list_is_a_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "announcements.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="list of announcements"):
        announcements(path)


def test_a_hostile_text_is_read_in_time() -> None:
    started = time.process_time()
    for text in ("investit " * 5000, "1 " * 5000, "raises " + "2022 " * 5000, "a" * 50_000, "launches new " * 5000):
        read_announcements(text, text)
    assert time.process_time() - started < 5
