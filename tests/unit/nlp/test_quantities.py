from __future__ import annotations

import pytest

from nlp.facts.quantities import read_quantities
from nlp.facts.units import factor


def read(text: str, language: str) -> list[tuple[str, float | None, str]]:
    return [(found.value, found.low, text[found.start : found.end]) for found in read_quantities(text, language)]


@pytest.mark.parametrize(
    ("text", "value", "low", "matched"),
    [
        ("un centre de 1,2 GW", "1200000000 W", None, "1,2 GW"),
        ("250 mégawatts", "250000000 W", None, "250 mégawatts"),
        ("300 MWc", "300000000 W", None, "300 MWc"),
        ("200 MVA", "200000000 VA", None, "200 MVA"),
        ("entre 10 et 15 MW", "15000000 W", 10e6, "10 et 15 MW"),
        ("de 500 kW à 2 MW", "2000000 W", 500e3, "500 kW à 2 MW"),
        ("50 MWh de stockage", "50000000 Wh", None, "50 MWh"),
        ("120 GWh/an", "120000000000 Wh", None, "120 GWh"),
        ("un site de 9 hectares", "90000 m2", None, "9 hectares"),
        ("40 000 m² de salles", "40000 m2", None, "40 000 m²"),
        ("1 million de m²", "1000000 m2", None, "1 million de m²"),
        ("1 500 m3", "1500 m3", None, "1 500 m3"),
        ("3 millions de litres", "3000 m3", None, "3 millions de litres"),
        ("500 hl", "50 m3", None, "500 hl"),
        ("20 000 tonnes de batteries", "20000 t", None, "20 000 tonnes"),
        ("2 millions de tonnes de CO2", "2000000 tCO2", None, "2 millions de tonnes de CO2"),
        ("3 000 tCO2", "3000 tCO2", None, "3 000 tCO2"),
        ("180 emplois", "180 jobs", None, "180 emplois"),
        ("une centaine d'emplois", "100 jobs", None, "une centaine d'emplois"),
        ("3,500 emplois", "3500 jobs", None, "3,500 emplois"),
        ("100 à 150 emplois", "150 jobs", 100, "100 à 150 emplois"),
        ("emploiera 180 personnes d'ici à 2027", "180 jobs", None, "180 personnes"),
        ("embaucher 200 personnes", "200 jobs", None, "200 personnes"),
        ("200 personnes seront recrutées", "200 jobs", None, "200 personnes"),
        ("deux nouvelles usines", "2 sites", None, "deux nouvelles usines"),
        ("deux ou trois usines", "3 sites", 2, "deux ou trois usines"),
        ("porte son réseau à 640 stations de recharge", "640 sites", None, "640 stations"),
        ("recrute une dizaine de monteurs", "10 jobs", None, "une dizaine de monteurs"),
        ("quatre postes de radiologue vacants", "4 jobs", None, "quatre postes"),
        ("passera de 40 à 100 salariés", "100 jobs", None, "100 salariés"),
        ("une hausse de 12,5 %", "12.5 %", None, "12,5 %"),
        ("50 pour cent", "50 %", None, "50 pour cent"),
        ("les émissions : -30 % en dix ans", "-30 %", None, "-30 %"),
        ("une batterie de 6 MW", "6000000 W", None, "6 MW"),
        ("de 10 % à 15 %", "15 %", 10, "10 % à 15 %"),
        ("une baisse d'environ 0,15 à 0,3 %", "0.3 %", 0.15, "0,15 à 0,3 %"),
        ("multiplié par trois", "3 x", None, "multiplié par trois"),
        ("multiplier sa production par 10", "10 x", None, "multiplier sa production par 10"),
        ("dix fois plus", "10 x", None, "dix fois"),
        ("doubler sa capacité", "2 x", None, "doubler"),
    ],
)
def test_french_quantities(text: str, value: str, low: float | None, matched: str) -> None:
    assert read(text, "fr") == [(value, low, matched)]


@pytest.mark.parametrize(
    ("text", "value", "low", "matched"),
    [
        ("a 100-qubit machine", "100 qubits", None, "100-qubit"),
        ("20,000 tonnes", "20000 t", None, "20,000 tonnes"),
        ("60 to 80 MW", "80000000 W", 60e6, "60 to 80 MW"),
        ("between 10 and 15 MW", "15000000 W", 10e6, "10 and 15 MW"),
        ("two and a half gigawatts", "2500000000 W", None, "two and a half gigawatts"),
        ("10 million square feet", "929030.4 m2", None, "10 million square feet"),
        ("5,000 tons of carbon dioxide", "5000 tCO2", None, "5,000 tons of carbon dioxide"),
        ("will employ 180 people", "180 jobs", None, "180 people"),
        ("hire 300 engineers", "300 jobs", None, "300 engineers"),
        ("10k jobs", "10000 jobs", None, "10k jobs"),
        ("two data centres", "2 sites", None, "two data centres"),
        ("two new battery plants", "2 sites", None, "two new battery plants"),
        ("a dozen laboratories", "12 sites", None, "a dozen laboratories"),
        ("vacancies for two hundred software engineers", "200 jobs", None, "two hundred software engineers"),
        ("a workforce of 500 in Nantes", "500 jobs", None, "500"),
        ("a 25-employee committee", "25 jobs", None, "25-employee"),
        ("plans a $3.5 billion battery factory and 20 MW", "20000000 W", None, "20 MW"),
        ("grew from 10 MW to 15 MW", "15000000 W", None, "15 MW"),
        ("50-70%", "70 %", 50, "50-70%"),
        ("2.5x", "2.5 x", None, "2.5x"),
        ("10-fold", "10 x", None, "10-fold"),
        ("output tripled", "3 x", None, "tripled"),
    ],
)
def test_english_quantities(text: str, value: str, low: float | None, matched: str) -> None:
    assert read(text, "en") == [(value, low, matched)]


@pytest.mark.parametrize(
    "text",
    [
        "un t-shirt",
        "50 personnes ont applaudi",
        "G20, 4G, 5G, A380, 3D, 19h30",
        "la A6 M2",
        "ISO 9001",
        "le 12/03/2025",
        "BMW X3",
        "12 postes de police",
        "trois sites internet",
        "double page",
        "500 plants",
        "1920x1080",
        "4x4",
        "x86",
        "Steve Jobs",
        "iOS 16",
        "un ton plus dur",
        "160 0000",
        "Elite 75t",
        "a 5x optical zoom",
        "doubling down on it",
        "a marqué un doublé",
        "se doublent d'un doute",
        "Xbox 360 store",
        "Haven-1 stations",
        "fire: four people killed",
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_numbers_that_measure_nothing(text: str, language: str) -> None:
    assert read(text, language) == []


def test_qubits_say_whether_they_are_logical() -> None:
    for text, role in (("100 qubits logiques", "logical"), ("256 physical qubits", "physical"), ("1 000 qubits", None)):
        assert [found.role for found in read_quantities(text, "fr")] == [role]


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        ("GWh", "Wh", 1e9),
        ("kilowattheures", "Wh", 1e3),
        ("mégatonnes", "t", 1e6),
        ("kt", "t", 1e3),
        ("km²", "m2", 1e6),
        ("hl", "m3", 0.1),
    ],
)
def test_conversions_are_the_unit_librarys(written: str, unit: str, expected: float) -> None:
    assert factor(written, unit) == expected
