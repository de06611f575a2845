"""What readers see, in both languages, and what hostile texts cannot do."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest

from storage import documents, observations, themes
from storage.model import Document, Kind, ModelRun, Origin, Signal, State, Theme, ThemeEvent
from storage.store import Store
from tests.unit.web.testing import TestClient
from web.cases import open_cases
from web.render import label, reason, web_address

HTML = {"accept": "text/html"}


def names_in_order(html: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a href="/themes/([^"]+)">', html)


def test_all_themes_with_their_state_and_numbers(client: TestClient) -> None:
    page = client.get("/", headers=HTML | {"accept-language": "fr"})
    assert page.status_code == 200
    assert page.headers["content-language"] == "fr"
    assert len(names_in_order(page.text)) == 8
    for text in ("Gigafactories d’IA", "signal faible", "en déclin", "×3,4", "9,1 / 4,8", "semaine du 15 décembre"):
        assert text in page.text


def test_the_same_page_in_english(site: TestClient) -> None:
    page = site.get("/?lang=en", headers=HTML)
    assert '<html lang="en">' in page.text
    assert "AI gigafactories" in page.text
    assert "weak signal" in page.text
    assert "Gigafactories d’IA" not in page.text
    assert "Thèmes" not in page.text


def test_a_chosen_language_is_remembered(site: TestClient) -> None:
    site.get("/?lang=en")
    assert '<html lang="en">' in site.get("/", headers={"accept-language": "fr"}).text


def test_the_most_telling_come_first(site: TestClient) -> None:
    order = names_in_order(site.get("/").text)
    assert order[0] == "t-gigafactories"
    assert order[-1] == "t-chatbots"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=emerging", {"t-photonics", "c-t-twins-naval"}),
        ("origin=conjunction", {"c-t-twins-naval"}),
        ("q=metavers", {"t-metaverse"}),
        ("q=CENTRE+donnees", {"t-gigafactories"}),
        ("q=quantum&lang=fr", {"t-quantum"}),
        ("state=emerging&origin=watch", {"t-photonics"}),
    ],
)
def test_filters(client: TestClient, query: str, expected: set[str]) -> None:
    assert set(names_in_order(client.get(f"/?{query}").text)) == expected


def test_a_filter_that_finds_nothing_says_so(site: TestClient) -> None:
    page = site.get("/?q=zzzz&lang=fr").text
    assert "Aucun thème ne répond" in page
    assert "Effacer les filtres" in page


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("sort=label&lang=en", "t-gigafactories"),
        ("sort=label&order=desc&lang=en", "t-chatbots"),
        ("sort=lift", "t-gigafactories"),
        ("sort=lift&order=asc", "t-metaverse"),
        ("sort=stories", "t-energy"),
        ("sort=state", "t-gigafactories"),
    ],
)
def test_sorts(site: TestClient, query: str, first: str) -> None:
    page = site.get(f"/?{query}").text
    assert names_in_order(page)[0] == first
    assert page.count("aria-sort=") == 1


@pytest.mark.parametrize("query", ["state=nope&origin=&sort=x&order=y&page=abc", "page=99999", "page=-1", "q=%00", "page=²"])
def test_unreadable_parameters_are_ignored(site: TestClient, query: str) -> None:
    assert site.get(f"/?{query}").status_code == 200


def test_evidence_is_one_click_away(site: TestClient) -> None:
    page = site.get("/?lang=fr").text
    assert page.count("<details>") == 8
    links = re.findall(r'<a class="title" href="([^"]+)" data-publisher="(https://[^"]+)"', page)
    assert links
    assert all(ours.startswith("/documents/") for ours, _ in links)
    publisher = site.get(links[0][0]).text
    assert f'<a href="{links[0][1]}" rel="noopener noreferrer nofollow">' in publisher


def test_an_empty_database_says_how_to_begin(empty: TestClient) -> None:
    page = empty.get("/?lang=fr")
    assert page.status_code == 200
    assert "Pas encore de thème" in page.text
    assert "zoom-avant run" in page.text


def test_a_theme_explains_itself(client: TestClient) -> None:
    page = client.get("/themes/t-gigafactories?lang=fr").text
    for text in (
        "48 publications de 6 sources",
        "Le Courrier du numérique",
        "Registre des brevets (fictif)",
        "un rendez-vous annuel",
        "400 MW",
        "collecte interrompue",
        "19 janv. 2026",
        "7,3",
    ):
        assert text in page
    # The outage's week stands in the table too, and the two buckets of the patent register are one line.
    assert page.count("interrompue</td>") == 1
    assert page.count("Registre des brevets") == 1


def test_a_themes_life_and_relatives(client: TestClient) -> None:
    page = client.get("/themes/t-desal?lang=en").text
    assert re.search(r'became part of <a href="/themes/t-chatbots">Town-hall chat agents</a>', page)
    assert 'href="/themes/t-quantum"' in client.get("/themes/c-t-twins-naval").text


def test_a_merged_theme_leads_to_its_heir_and_every_life_is_told_in_both_languages(store: Store, client: TestClient) -> None:
    day = dt.date(2026, 2, 16)
    with store.transaction() as conn:
        found = [
            Theme(id=key, origin=Origin.DISCOVERED, label_fr=f"{key} fr", label_en=f"{key} en", born_on=day)
            for key in ("one", "two", "three", "four")
        ]
        themes.save(conn, found)
        run = ModelRun(id="m1", step="merge", model="test", ran_at=dt.datetime(2026, 2, 16, tzinfo=dt.UTC))
        themes.merge(conn, "one", "two", run, day, "person")
        themes.merge(conn, "two", "three", replace(run, id="m2"), day, "refit", 0.4)
        leaving = ThemeEvent(theme_id="three", event="split", on=day, other_id="four", detail={"by": "refit"})
        was = {"by": "refit", "label_fr": "Ancien <b>", "label_en": "Old <b>"}
        renamed = ThemeEvent(theme_id="three", event="renamed", on=day, detail=was)
        themes.add_events(conn, [leaving, replace(leaving, theme_id="four", event="born", other_id="three"), renamed])
        themes.pin_label(conn, "four", "Quatre", "Four", day)
    one = client.get("/themes/one?lang=en").text
    assert 'This theme is now part of another, which has its documents: <a href="/themes/three">three en</a>' in one
    assert 'became part of <a href="/themes/two">two en</a> (decided by a person)' in one
    three = client.get("/themes/three?lang=fr").text
    assert 'a absorbé <a href="/themes/two">two fr</a></li>' in three
    assert 'a donné naissance à <a href="/themes/four">Quatre</a></li>' in three
    assert "renommé (c’était « Ancien &lt;b&gt; »)" in three
    assert "fait maintenant partie" not in three
    four = client.get("/themes/four?lang=en").text
    assert 'came out of <a href="/themes/three">three en</a>' in four
    assert "name fixed by a person “Four”" in four


def test_a_family_and_its_narrow_themes_lead_to_each_other(store: Store, client: TestClient) -> None:
    day = dt.date(2026, 2, 16)

    def a_part(key: str, **kw: Any) -> Theme:
        return Theme(id=key, origin=Origin.DISCOVERED, label_fr=f"{key} fr", label_en=f"{key} en", born_on=day, **kw)

    with store.transaction() as conn:
        broad = a_part("sea", level=1)
        gone = a_part("past", parent_id="sea", retired_on=day)
        themes.save(conn, [broad, a_part("kelp", parent_id="sea"), a_part("salt", parent_id="sea"), gone])
    family = client.get("/themes/sea?lang=fr").text
    assert "Thèmes plus étroits" in family
    assert re.findall(r'<li><a href="/themes/(\w+)">(\w+ fr)</a></li>', family) == [("kelp", "kelp fr"), ("salt", "salt fr")]
    assert 'Part of <a href="/themes/sea">sea en</a>' in client.get("/themes/kelp?lang=en").text
    assert "Narrower themes" not in client.get("/themes/kelp?lang=en").text
    crossing = client.get("/themes/c-t-twins-naval?lang=en").text
    assert 'At the crossing of <a href="/themes/t-quantum">' in crossing
    assert "Narrower themes" not in client.get("/themes/t-quantum?lang=en").text, "a conjunction is no part of its technology"


def test_a_theme_without_a_signal_has_a_page(sqlite_store: Store, empty: TestClient) -> None:
    with sqlite_store.transaction() as conn:
        themes.save(conn, [Theme(id="new", origin=Origin.WATCH, label_fr="", label_en="New one", born_on=dt.date(2026, 1, 1))])
    assert "pas encore été évalué" in empty.get("/themes/new?lang=fr").text
    listed = empty.get("/?lang=fr").text
    assert "New one" in listed
    assert "pas encore évalué" in listed


def test_an_unknown_theme_is_a_page_for_people_and_a_problem_for_programs(site: TestClient) -> None:
    page = site.get("/themes/nobody", headers=HTML | {"accept-language": "fr"})
    assert page.status_code == 404
    assert "Page introuvable" in page.text
    problem = site.get("/themes/nobody", headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_hostile_texts_stay_text(sqlite_store: Store, empty: TestClient) -> None:
    day = dt.date(2026, 3, 1)
    with sqlite_store.transaction() as conn:
        from storage import sources
        from storage.model import Signal, Source, State

        sources.declare(conn, [Source(id="s", name=HOSTILE, kind=Kind.NEWS)])
        themes.save(
            conn,
            [
                Theme(
                    id='x"><b>', origin=Origin.WATCH, label_fr=HOSTILE, label_en=HOSTILE, born_on=day,
                    terms_fr=(HOSTILE,), description_fr=HOSTILE,
                )
            ],
        )  # fmt: skip
        documents.add(
            conn,
            [
                Document(
                    id=f"d{n}", source_id="s", kind=Kind.NEWS, title=HOSTILE, url=url, actor=HOSTILE, lang='"><b>',
                    collected_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), counted_on=day,
                )
                for n, url in enumerate(["javascript:alert(1)", 'https://ok.example/"onmouseover="alert(1)', "data:text/html,x"])
            ],
        )  # fmt: skip
        observations.add_signals(
            conn,
            [
                Signal(
                    theme_id='x"><b>', day=day, state=State.EMERGING, score=9, lift=3, observed=3, expected=1, sources=3,
                    threshold=4, reason_fr=HOSTILE, reason_en=HOSTILE,
                    evidence={
                        "documents": ["d0", "d1", "d2", "missing"], "by_source": {"s": 3, HOSTILE: 1}, "by_kind": {HOSTILE: 3},
                        "new_terms": [HOSTILE], "caveats": [HOSTILE], "onset": HOSTILE, "weekly": [{"week": HOSTILE}],
                        "score_without_top_source": HOSTILE,
                    },
                )
            ],
        )  # fmt: skip
    for address in ("/", "/themes/x%22%3E%3Cb%3E"):
        page = empty.get(f"{address}?q=", headers=HTML)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<img src=x" not in page.text
        assert "<b>" not in page.text.replace("<b>1</b>", "")
        assert 'href="javascript' not in page.text
        assert 'href="data' not in page.text
    found = empty.get("/", params={"q": HOSTILE}, headers=HTML).text
    assert "<script" not in found


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JavaScript:x", "java\nscript:x", "//evil.example", "/local", "ftp://a.example", "http://", "",
     "https://user:secret@a.example", "https://a.example\\@b.example", "http://[::1", "data:text/html,x", " https://a.example"],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert web_address(url) is None


def test_a_plain_web_address_is_kept() -> None:
    assert web_address("https://a.example/é?x=1&y=2") == "https://a.example/é?x=1&y=2"
    assert web_address(None) is None


def test_a_theme_names_the_others_of_its_movement(client: TestClient) -> None:
    page = client.get("/themes/t-gigafactories?lang=fr").text
    assert "Le même mouvement porte aussi" in page
    assert 'href="/themes/t-energy">Réseaux électriques et stockage</a>' in page
    other = client.get("/themes/t-energy?lang=en").text
    assert 'href="/themes/t-gigafactories">AI gigafactories</a>' in other
    assert "The same movement also carries" not in client.get("/themes/t-photonics?lang=en").text


def test_a_factor_is_not_parted_from_its_sign(site: TestClient) -> None:
    theme = Theme(id="t", origin=Origin.WATCH, label_fr="", label_en="", born_on=dt.date(2026, 1, 1))
    assert label(theme, "fr") == "t"
    signal = Signal(
        theme_id="t", day=dt.date(2026, 1, 1), state=State.TREND, score=5, lift=2, observed=2, expected=1, sources=2, threshold=4,
        reason_fr="2 documents (× 2,5)", reason_en="2 documents (× 2.5)",
    )  # fmt: skip
    assert reason(signal, "fr") == "2 documents (×\u202f2,5)"
    assert reason(signal, "en") == "2 documents (×\u202f2.5)"


def test_what_moves_has_one_line_a_movement(client: TestClient) -> None:
    def movers() -> str:
        return client.get("/?lang=en").text.split('id="movers-title"')[1].split("</section>")[0]

    with client.app.state.store.reading() as conn:  # type: ignore[attr-defined]
        cases = open_cases(conn)
    assert cases.speaking
    assert cases.spoken_for
    assert all(f"/themes/{theme}" not in movers() for theme in cases.spoken_for)
    first = movers().index("/themes/")
    assert any(movers()[first:].startswith(f"/themes/{theme}") for theme in cases.speaking)
