"""The pages of the long time, of the horizon and of what meets what."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from monitor.pairing import partner_of_theme
from storage import observations, themes
from storage.model import Origin, State, Theme
from storage.store import Store
from tests.builders import a_signal, a_theme
from tests.unit.web.testing import TestClient

DAY = dt.date(2026, 3, 1)


def linked(html: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'<h3 id="coming-\d+"><a href="/themes/([^"]+)"', html)))


def test_perspective_shows_trends_over_the_years(client: TestClient) -> None:
    page = client.get("/perspective?lang=fr").text
    for text in (
        "Réseaux électriques et stockage",
        "Hausse régulière depuis au moins un an",
        "accélération",
        "+35",
        "sur 59 mois",
        "publications pour 1\u202f000 collectées",
    ):
        assert text in page
    assert page.count("t-gigafactories") == 0, "a rupture belongs to the other page"


def test_prospective_ranks_and_never_extrapolates(client: TestClient) -> None:
    page = client.get("/prospective?lang=en").text
    assert linked(page) == ["t-desal", "t-gigafactories"]
    assert "1.9 × the threshold" in page
    assert "never drawn on as a curve" in page
    assert "Burst" not in page
    assert 'class="state state-buzz"' in page
    assert linked(client.get("/prospective?sort=surprise").text) == ["t-gigafactories", "t-desal"]
    assert linked(client.get("/prospective?sort=nonsense").text) == ["t-desal", "t-gigafactories"]


def test_evidence_is_one_click_away(site: TestClient) -> None:
    page = site.get("/prospective?lang=fr").text
    assert page.count('<details class="why">') == 2
    assert "Trois équipes testent le dessalement" in page
    assert '<a class="title" href="/documents/t-desal-0"' in page


def test_a_signal_too_old_has_no_place(sqlite_store: Store, site: TestClient) -> None:
    with sqlite_store.transaction() as conn:
        themes.save(conn, [a_theme("stale", label_en="Stale one", label_fr="Vieux")])
        observations.add_signals(conn, [a_signal("stale", DAY - dt.timedelta(days=40), state=State.WEAK_SIGNAL)])
    assert "stale" not in linked(site.get("/prospective").text)
    assert "Stale one" not in site.get("/perspective?lang=en").text


@pytest.mark.parametrize("address", ["/perspective", "/prospective", "/conjunctions", "/alerts"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_empty_database_has_its_pages(empty: TestClient, address: str, lang: str) -> None:
    page = empty.get(f"{address}?lang={lang}&page=7&sort=x&kind=x&state=x")
    assert page.status_code == 200
    assert 'class="quiet"' in page.text


def test_conjunctions_as_a_matrix_and_a_list(store: Store, client: TestClient) -> None:
    pair = Theme(
        id="c-t-energy.t-quantum",
        origin=Origin.CONJUNCTION,
        label_fr="Réseaux × Quantique",
        label_en="Grids × Quantum",
        born_on=DAY,
        parent_id="t-energy",
        partner=partner_of_theme("t-quantum"),
    )
    odd = a_theme("c-odd", origin=Origin.CONJUNCTION, parent_id="gone", partner="new-domain", label_en="Odd", label_fr="Bizarre")
    with store.transaction() as conn:
        themes.save(conn, [pair, odd])
        observations.add_signals(conn, [a_signal(pair.id, DAY, state=State.NOISE, score=0.2, observed=3, expected=2.5)])
    page = client.get("/conjunctions?lang=en").text
    assert re.search(r'cell-emerging"><a href="/themes/c-t-twins-naval">.*?<b>12</b> <span>/ 4\.1', page)
    assert '<th scope="col">naval</th>' in page
    assert '<th scope="col">new domain</th>' in page, "a domain of a later version is named by its code"
    pairs = page.split('id="pairs-title"')[1]
    assert "Grids × Quantum" in pairs
    assert "Digital twins × naval" not in pairs
    assert "Quantum computing" in page
    crossing = client.get(f"/themes/{pair.id}?lang=fr").text
    assert re.search(r'Au croisement de <a href="/themes/t-energy">[^<]+</a> et <a href="/themes/t-quantum">', crossing)


def test_a_conjunction_shows_both_sides_alone(client: TestClient) -> None:
    page = client.get("/themes/c-t-twins-naval?lang=en").text
    assert "Each side, whatever it meets" in page
    assert re.search(r"<th scope=\"row\">Quantum computing</th><td class=\"num\">28</td><td class=\"num\">27\.0</td>", page)
    assert "and naval" in page


def test_a_theme_says_what_decided_its_state_and_what_holds_without_its_top_source(client: TestClient) -> None:
    page = client.get("/themes/t-gigafactories?lang=fr").text
    for text in (
        "Hausse brutale et prouvée",
        "accélération",
        "ou ralentissement",
        "Sans Le Courrier du numérique, sa première source, l’indice serait de 7,3",
        "le mouvement tient sans elle",
        "le plus ancien",
        "Consortium Ponant",
        "Bretagne",
        "Des sources habituelles sont restées muettes.",
        "fourchette à 90",
        "entre le 12 janv. et le 26 janv.",
    ):
        assert text in page
    weak = client.get("/themes/t-photonics?lang=en").text
    assert "not enough data" in weak
    assert "A burst lasts a few days: it is not a trend." in client.get("/themes/t-desal?lang=en").text
    assert "+35" in client.get("/themes/t-energy?lang=fr").text
