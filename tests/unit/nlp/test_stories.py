from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.config import StorySettings
from nlp.stories import StoryIndex
from storage.model import Document, Kind
from tests.unit.nlp.documents import DAY, RELEASE, a_document


def stories(*found: Document) -> list[str]:
    return StoryIndex(StorySettings()).place(found)


def test_a_press_release_is_one_story_whatever_title_dateline_and_ending() -> None:
    copies = [
        a_document("a", "Voltacycle ouvre une usine de recyclage à Valenciennes", RELEASE, source="gazette"),
        a_document("b", "Batteries : 180 emplois annoncés dans le Nord", f"Lille, 2 mars – {RELEASE} (Communiqué)", source="fil"),
        a_document("c", "Recyclage : une usine de plus", RELEASE.replace("le 2 mars", "lundi"), source="post"),
        a_document("d", "145 millions d'euros investis", RELEASE[: int(len(RELEASE) * 0.6)], source="guichet", kind=Kind.FUNDING),
    ]  # fmt: skip
    assert stories(*copies) == ["a", "a", "a", "a"]


def test_a_text_of_its_own_is_its_own_story() -> None:
    other = (
        "La région attribue 12 millions d'euros à un atelier de puces photoniques installé près de Lannion, où trente ingénieurs"
        " mettront au point des composants pour les centres de données, avec deux laboratoires et une école d'ingénieurs."
    )
    assert stories(a_document("a", "Une usine de recyclage", RELEASE), a_document("b", "Puces photoniques", other)) == ["a", "b"]


def test_a_template_with_other_figures_is_another_story() -> None:
    text = (
        "Prévisions pour {town} ce lundi : températures de {a} à {b} degrés, vent d'ouest soufflant jusqu'à {c} kilomètres à"
        " l'heure, averses l'après-midi et retour du soleil en soirée sur l'ensemble du littoral, coefficient de marée de {d}."
    )
    a = a_document("a", "Météo du jour sur la côte", text.format(town="Brest", a=4, b=11, c=60, d=87), source="fil")
    b = a_document("b", "Météo du jour sur la côte nord", text.format(town="Brest", a=6, b=14, c=45, d=92), source="gazette")
    assert stories(a, b) == ["a", "b"]


def test_a_source_that_repeats_its_notice_does_not_repeat_its_story() -> None:
    notice = (
        "Cet article est réservé à nos abonnés : pour lire la suite, souscrivez une formule qui donne accès à tous nos contenus,"
        " à nos lettres d'information et aux archives de la rédaction depuis l'origine du journal."
    )
    a = a_document("a", "Le port accueille un banc d'essai pour hydroliennes", notice)
    b = a_document("b", "Trois communes testent un bus sans conducteur", notice)
    assert stories(a, b) == ["a", "b"]


def test_templated_titles_are_not_the_same_story() -> None:
    a = a_document("a", "Horaires des marées à Saint-Malo pour lundi 2 mars", source="fil")
    b = a_document("b", "Horaires des marées à Roscoff pour lundi 2 mars", source="gazette")
    assert stories(a, b) == ["a", "b"]


def test_the_same_title_is_one_story_for_some_days() -> None:
    title = "Une gigafactory d'intelligence artificielle à Dunkerque"
    found = [
        a_document("a", title, source="fil"),
        a_document("b", title.upper(), source="gazette", day=DAY + dt.timedelta(days=2)),
        a_document("c", f"{title} - La Gazette", source="post", day=DAY + dt.timedelta(days=3)),
        a_document("d", title, source="post", day=DAY + dt.timedelta(days=20)),
    ]
    assert stories(*found) == ["a", "a", "a", "d"]


def test_a_headline_dressed_otherwise_is_the_same_story() -> None:
    said = "Voltacycle promet 180 emplois à Valenciennes d'ici à la fin de 2027"
    dressed = "Batteries. Voltacycle promet 180 emplois à Valenciennes d’ici fin 2027"
    moved = "Voltacycle promet 180 emplois à Dunkerque d'ici à la fin de 2027"
    assert stories(a_document("a", said, source="fil"), a_document("b", dressed, source="post")) == ["a", "a"]
    assert stories(a_document("a", said, source="fil"), a_document("c", moved, source="post")) == ["a", "c"]


def test_a_source_that_repeats_a_long_title_within_days_repeats_its_item() -> None:
    title = "Voltacycle inaugure à Valenciennes la plus grande usine de recyclage de batteries"
    again = a_document("b", title, "Lire la suite", day=DAY + dt.timedelta(days=2))
    assert stories(a_document("a", title, "Le site emploiera 180 personnes."), again) == ["a", "a"]


def test_a_column_that_returns_every_day_is_not_one_story() -> None:
    title = "Les nominations du jour dans l'industrie"
    assert stories(a_document("a", title), a_document("b", title, day=DAY + dt.timedelta(days=1))) == ["a", "b"]


def test_copies_are_forgotten_after_the_window() -> None:
    late = a_document("b", "Une usine", RELEASE, source="fil", day=DAY + dt.timedelta(days=31))
    assert stories(a_document("a", "Une usine", RELEASE), late) == ["a", "b"]


def test_documents_without_a_word_are_their_own_stories() -> None:
    assert stories(a_document("a", "…"), a_document("b", "…"), a_document("c", "", "")) == ["a", "b", "c"]


WORDS = ["usine", "batterie", "quantique", "puce", "région", "euros", "emplois", "navire", "jumeau", "réseau", "robot", "énergie"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=0, max_size=40).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXTS, st.sampled_from(["fil", "gazette"]), st.integers(0, 60)), max_size=25), st.data())
def test_batches_and_memory_change_nothing(items: list[tuple[str, str, int]], data: st.DataObject) -> None:
    items.sort(key=lambda item: item[2])
    found = [
        a_document(f"d{i:02}", text[:40], text, source=source, day=DAY + dt.timedelta(days=day))
        for i, (text, source, day) in enumerate(items)
    ]
    whole = StoryIndex(StorySettings()).place(found)
    cut = data.draw(st.integers(0, len(found)))
    kept = StoryIndex(StorySettings())
    first = kept.place(found[:cut])
    rebuilt = StoryIndex(StorySettings())
    rebuilt.remember(found[:cut], first)
    kept.forget_before(min((d.counted_on.toordinal() for d in found[cut:] if d.counted_on), default=0) - 30)
    assert first + kept.place(found[cut:]) == whole
    assert first + rebuilt.place(found[cut:]) == whole
