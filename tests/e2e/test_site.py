"""The pages in a real browser: both languages, keyboard, silence on the console, and no word to anyone but this machine."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.links import unsubscribe_url
from storage import deliveries, feedback
from storage.store import Store
from tests.e2e.seed import ALERT_SETTINGS, LAST_WEEK, OPENING_WEEK, READER, TOLD

pytestmark = [pytest.mark.browser]

UNSUBSCRIBE = str(unsubscribe_url(ALERT_SETTINGS, READER)).removeprefix("https://zoom.example.org")
ADDRESSES = [
    "/",
    "/?state=emerging",
    "/?q=zzzz",
    "/themes/t-gigafactories",
    "/themes/t-desal",
    "/themes/c-t-twins-naval",
    "/themes/nobody",
    f"/documents/{TOLD}",
    "/documents/t-gigafactories-3",
    "/documents/nobody",
    "/perspective",
    "/prospective",
    "/conjunctions",
    "/sources",
    "/alerts",
    "/alerts/a-gigafactories",
    "/digests",
    f"/digests/{OPENING_WEEK}",
    f"/digests/{LAST_WEEK}",
    UNSUBSCRIBE,
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watched:
    """A page, what it complained of and whom it called."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str | None] = set()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))


@pytest.fixture(params=["fr", "en"])
def watched(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(locale=request.param, viewport={"width": 1280, "height": 900})
    watched = Watched(context.new_page())
    yield watched
    context.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_open_quietly(site: str, watched: Watched, address: str) -> None:
    watched.page.goto(site + address)
    expect(watched.page.get_by_role("heading", level=1)).to_have_count(1)
    expected = ["404"] if address.endswith("nobody") else []
    assert [text for text in watched.complaints if not any(known in text for known in expected)] == []
    assert watched.hosts == {"127.0.0.1"}


def test_the_readers_language_is_taken_and_can_be_changed(site: str, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(site)
    expect(page.get_by_role("heading", name="Themes", exact=True)).to_be_visible()
    page.get_by_role("link", name="FR – Français").click()
    expect(page.get_by_role("heading", name="Thèmes", exact=True)).to_be_visible()
    page.get_by_role("link", name="Gigafactories d’IA", exact=True).last.click()
    expect(page.get_by_role("heading", level=1, name="Gigafactories d’IA")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    context.close()


def test_filtering_and_sorting_by_hand(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/?lang=fr")
    page.get_by_label("Mot du thème").fill("photonique")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator("tr.facts")).to_have_count(1)
    page.get_by_role("link", name="Effacer les filtres").click()
    page.get_by_role("columnheader").get_by_role("link", name="28 jours").click()
    expect(page.locator("tr.facts").first).to_contain_text("Réseaux électriques")
    expect(page.get_by_role("columnheader", name="28 jours")).to_have_attribute("aria-sort", "descending")


def test_everything_is_reached_by_keyboard(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/?lang=en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.textContent.trim().slice(0, 12)")
        )
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    assert any(item.startswith("INPUT") for item in reached)
    assert any(item.startswith("SELECT") for item in reached)
    assert any(item.startswith("BUTTON Filter") for item in reached)
    page.keyboard.press("Enter")
    expect(page.locator("details").first).to_have_attribute("open", "")
    expect(page.get_by_text("Supporting documents").first).to_be_visible()


def test_focus_is_visible(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(site)
    for _ in range(4):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] })()"
        )
        assert outline == ["solid", "3px"]


def test_an_outage_does_not_look_like_a_fading_theme(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/themes/t-metaverse")
    chart = page.locator("svg.chart.full")
    expect(chart.locator("rect.gap")).to_have_count(1)
    hatched = chart.locator("rect.gap").bounding_box()
    low = chart.locator("rect.bar").last.bounding_box()
    assert hatched is not None
    assert low is not None
    assert hatched["height"] > 2 * low["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/themes/t-gigafactories",
        f"/documents/{TOLD}",
        "/perspective",
        "/prospective",
        "/conjunctions",
        "/alerts",
        "/alerts/a-gigafactories",
        "/digests",
        f"/digests/{OPENING_WEEK}",
        UNSUBSCRIBE,
    ],
)
def test_a_narrow_phone_scrolls_one_way_only(site: str, browser: Browser, scheme: str, address: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(site + address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_dark_mode_follows_the_system(site: str, browser: Browser) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = context.new_page()
        page.goto(site)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert len(grounds) == 2


def test_evidence_leads_to_its_document_and_from_there_to_its_publisher(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/themes/t-gigafactories?lang=en")
    page.locator("ol.cited a.title").first.click()
    expect(page.get_by_role("heading", level=2, name="What was read in the text")).to_be_visible()
    outward = page.get_by_role("link", name="Open the publisher’s page")
    expect(outward).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(outward).to_have_attribute("href", re.compile("^https://news.example/"))
    assert watched.complaints == []


def test_on_a_phone_the_tables_of_a_document_become_lists_that_stay_tables(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(f"{site}/documents/{TOLD}?lang=en")
    table = page.get_by_role("table", name="What the source states")
    expect(table.get_by_role("row").filter(has_text="VOLTACYCLE SAS").get_by_role("rowheader")).to_have_text("organisation")
    value = table.get_by_role("cell").first
    words = table.get_by_role("cell").nth(2)
    above, below = value.bounding_box(), words.bounding_box()
    assert above is not None
    assert below is not None
    assert above["x"] == below["x"], "cells stand under each other"
    assert below["y"] > above["y"]
    context.close()


def test_a_hostile_title_is_only_text(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/themes/t-gigafactories")
    expect(page.get_by_text("<script>alert('titre hostile')</script>")).to_be_visible()
    assert page.locator("script").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0


def test_the_long_time_and_the_horizon_are_found_and_lead_to_their_themes(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/?lang=fr")
    places = page.get_by_role("navigation", name="Navigation principale")
    places.get_by_role("link", name="Perspective").click()
    expect(page.get_by_role("row").filter(has_text="Réseaux électriques").first).to_contain_text("+35")
    expect(page.locator("svg.chart.spark rect.bar").first).to_be_visible()
    places.get_by_role("link", name="Prospective").click()
    first = page.get_by_role("article").first
    expect(first).to_contain_text("Dessalement solaire")
    expect(first.get_by_text("Trois équipes testent")).to_be_hidden()
    first.get_by_text("À l’appui").click()
    expect(first.get_by_text("Trois équipes testent")).to_be_visible()
    page.get_by_role("link", name="Surprise d’abord").click()
    expect(page.get_by_role("article").first).to_contain_text("Gigafactories d’IA")
    places.get_by_role("link", name="Conjonctions").click()
    page.get_by_role("cell").get_by_role("link", name="Jumeaux numériques × naval").last.click()
    expect(page.get_by_role("heading", level=1, name="Jumeaux numériques × naval")).to_be_visible()
    assert watched.complaints == []


def test_an_alert_is_answered_by_keyboard_and_the_answer_can_be_changed(site: str, seeded_store: Store, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/themes/t-gigafactories?lang=en")
    page.locator('a[href="/alerts/a-gigafactories"]').click()
    question = page.get_by_role("region", name="Is this alert of use to you?")
    expect(question).to_contain_text("2 useful")
    question.get_by_label("Anything to add (optional)").fill("vu mardi")
    question.get_by_role("button", name="Noise").press("Enter")
    expect(question.get_by_role("status")).to_contain_text("Your answer: Noise")
    expect(question.get_by_role("button", name="Noise")).to_have_attribute("aria-pressed", "true")
    question.get_by_role("button", name="Known").click()
    expect(question.get_by_role("status")).to_contain_text("Your answer: Known")
    expect(question).to_contain_text("2 known")
    with seeded_store.reading() as conn:
        words = feedback.of_alerts(conn, ["a-gigafactories"])["a-gigafactories"]
    assert sorted(word.verdict for word in words) == ["known", "known", "useful", "useful"]
    assert watched.complaints == []


def test_a_form_on_another_site_answers_nothing(site: str, seeded_store: Store, browser: Browser, tmp_path: Path) -> None:
    """A reader who is known here opens a hostile page that posts to this server."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/alerts/a-photonics")
    token = page.locator('input[name="token"]').get_attribute("value")
    fields = f'<input name="token" value="{token}"><input name="verdict" value="noise">'
    trap = f'<form method="post" action="{site}/alerts/a-photonics/feedback">{fields}<button>win</button></form>'
    (tmp_path / "trap.html").write_text(trap, encoding="utf-8")
    page.goto((tmp_path / "trap.html").as_uri())
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_role("button").click()
    assert answer.value.status == 403
    with seeded_store.reading() as conn:
        assert feedback.of_alerts(conn, ["a-photonics"]) == {}
    context.close()


def test_the_band_and_the_onset_are_drawn(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/themes/t-gigafactories?lang=en")
    chart = page.locator("svg.chart.full")
    for part in ("path.band", "rect.onset-band", "path.onset", "path.expected"):
        expect(chart.locator(part)).to_have_count(1)
    page.get_by_text("The same numbers as a table").click()
    expect(page.get_by_role("columnheader", name="90% band")).to_be_visible()


def test_a_digest_is_found_and_leads_to_its_themes(site: str, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}/?lang=fr")
    page.get_by_role("navigation").get_by_role("link", name="Synthèses").click()
    page.get_by_role("link", name="Semaine du 2 au 8 février 2026").click()
    expect(page.get_by_role("heading", level=1, name="Semaine du 2 au 8 février 2026")).to_be_visible()
    expect(page.locator("svg.chart rect.gap")).to_have_count(1)
    page.get_by_role("link", name="Gigafactories d’IA").click()
    expect(page.get_by_role("heading", level=1, name="Gigafactories d’IA")).to_be_visible()
    page.get_by_role("link", name="Réseaux électriques et stockage").click()
    expect(page.get_by_role("heading", level=1, name="Réseaux électriques et stockage")).to_be_visible()
    assert watched.complaints == []


def test_unsubscribing_by_hand(site: str, seeded_store: Store, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site}{UNSUBSCRIBE}&lang=en")
    page.get_by_role("button", name="Unsubscribe me").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    with seeded_store.reading() as conn:
        assert deliveries.subscribers(conn, "digest") == []
    assert watched.complaints == []


def test_an_empty_database_has_a_page(empty_site: str, watched: Watched) -> None:
    watched.page.goto(f"{empty_site}/?lang=en")
    expect(watched.page.get_by_role("heading", name="No theme yet")).to_be_visible()
    assert watched.complaints == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_structure(site: str, watched: Watched, address: str) -> None:
    """What can be checked without axe: headings in order, names for controls and pictures, captions, one id each."""
    page = watched.page
    page.goto(site + address)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.evaluate("[...document.querySelectorAll('table')].every(t => t.caption)")
    assert page.evaluate("[...document.querySelectorAll('svg')].every(s => s.ariaHidden === 'true' || s.ariaLabel)")
    assert page.evaluate("[...document.querySelectorAll('input:not([type=hidden]),select')].every(i => i.labels.length)")
    assert page.evaluate(
        "(() => { const i = [...document.querySelectorAll('[id]')].map(e => e.id); return i.length === new Set(i).size })()"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing(site: str, browser: Browser, axe: str, scheme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    found = []
    for address in [*ADDRESSES, "/?lang=en", "/themes/t-gigafactories?lang=en"]:
        page.goto(site + address)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.evaluate(axe)
        result = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        found += [(address, item["id"], item["nodes"][0]["html"][:160]) for item in result["violations"]]
    context.close()
    assert found == []
