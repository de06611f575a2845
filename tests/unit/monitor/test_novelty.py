"""New terms: said by several voices now and never before."""

from __future__ import annotations

import datetime as dt

from monitor.evidence import Member
from monitor.novelty import new_terms

STOP = frozenset({"les", "des", "avec", "pour", "the", "with", "dans"})


def members(*titles: str, voices: tuple[str, ...] = ("a", "b", "c")) -> list[Member]:
    day = dt.date(2026, 3, 1)
    return [Member(f"d{i}-{hash(titles) % 1000}", voices[i % len(voices)], "news", day, 0.5, t) for i, t in enumerate(titles)]


EARLIER = members(*(f"Photonique intégrée : puce numéro {i} pour les réseaux" for i in range(12)))


def names(*titles: str, voices: tuple[str, ...] = ("a", "b", "c")) -> list[str]:
    return [new.name_fr for new in new_terms(members(*titles, voices=voices), EARLIER, STOP)]


def test_a_phrase_is_told_whole_and_as_it_is_written() -> None:
    found = new_terms(
        members("Le guide d’onde des réseaux", "Un guide d’onde intégrée", "Puce : guide d’onde avec Lumora"), EARLIER, STOP
    )
    assert [(new.name_fr, new.stories, new.voices) for new in found] == [("guide d’onde", 3, 3)]


def test_what_was_said_before_is_not_new() -> None:
    assert names("Photonique des puces", "Photonique des réseaux", "Photonique intégrée") == []


def test_two_stories_or_one_voice_are_not_enough() -> None:
    assert names("Interposeur optique", "Interposeur optique") == []
    assert names("Interposeur optique", "Interposeur optique", "Interposeur optique", voices=("a",)) == []
    assert names("Interposeur optique", "Interposeur optique", "Interposeur optique") == ["Interposeur optique"]


def test_stop_words_and_numbers_neither_begin_nor_end_a_phrase() -> None:
    found = names("avec Lumora en 2026", "avec Lumora en 2026", "avec Lumora en 2026")
    assert found == ["Lumora"]


def test_words_across_a_full_stop_are_no_phrase() -> None:
    assert names("Fin. Lumora", "Fin. Lumora", "Fin. Lumora") == ["Fin", "Lumora"]


def test_the_most_told_come_first_and_few_are_told() -> None:
    words = [f"mot{chr(97 + i)}" for i in range(9)]
    titles = [" | ".join(words[: 9 - i]) for i in range(9)]
    assert names(*titles) == words[:5]
