from __future__ import annotations

import pytest

from nlp.facts.actors import acronyms, display_name, normal_id


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "Voltacycle",
            "VOLTACYCLE",
            "Voltacycle SAS",
            "Voltacycle S.A.S.",
            "Groupe Voltacycle",
            "Voltacycle, Inc.",
            "voltacycle",
        ),
        ("Société générale", "Société Générale SA", "SOCIETE GENERALE", "Groupe Société Générale"),
        ("Corvane Energy Systems", "The Corvane Energy Systems Ltd", "Corvane Energy Systems plc", "CORVANE Energy-Systems GmbH"),
        ("Morel & Fils", "Morel et Fils", "Morel and Fils SARL"),
        ("Ørsted", "Orsted A/S"),
        ("L'Atelier", "L’Atelier"),
    ],
)
def test_one_organisation_has_one_id_however_it_is_written(spellings: tuple[str, ...]) -> None:
    assert len({normal_id(name) for name in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Orange", "Orange Cyberdefense"), ("U.S. Steel", "Steel"), ("SA", "SAS"), ("Group", "Groupe"), ("C12", "C1")],
)
def test_different_names_keep_different_ids(one: str, other: str) -> None:
    assert normal_id(one) != normal_id(other)


def test_an_id_is_never_empty_and_is_its_own_id() -> None:
    for name in ("SA", "The", "Groupe", "Inc.", "三菱", "&Co", "C++", "Hi! Paris"):
        assert normal_id(name)
        assert normal_id(normal_id(name)) == normal_id(name)


def test_a_shown_name_has_no_legal_form() -> None:
    assert display_name("Corvane Energy\nSystems, Ltd.") == "Corvane Energy Systems"
    assert display_name("SAS") == "SAS"
    assert display_name("Morel & Co") == "Morel & Co"


def introduced(text: str) -> list[tuple[str, str]]:
    found = list(acronyms(text))
    assert all(text[a.short_start : a.short_end] == a.short and text[a.long_start : a.long_end] == a.long for a in found)
    return [(acronym.short, acronym.long) for acronym in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Le Commissariat à l'énergie atomique (CEA) investit.", [("CEA", "Commissariat à l'énergie atomique")]),
        ("L'ANR (Agence nationale de la recherche) finance.", [("ANR", "Agence nationale de la recherche")]),
        ("said the National Cyber Security Centre (NCSC)", [("NCSC", "National Cyber Security Centre")]),
        ("OQC (Oxford Quantum Circuits, UK)", [("OQC", "Oxford Quantum Circuits")]),
        ("l'intelligence artificielle (IA), Rennes (Ille-et-Vilaine), le patron (PDG) d'Iliad (ILD)", []),
        ("Une société (voir page 3) et (RIEN)", []),
    ],
)
def test_acronyms_are_read_where_they_are_introduced(text: str, found: list[tuple[str, str]]) -> None:
    assert introduced(text) == found
