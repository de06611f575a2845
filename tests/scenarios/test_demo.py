"""The demonstration, once, as a person starts it: every planted movement speaks on its own theme, and nothing else does."""

from __future__ import annotations

import csv
import datetime as dt
import email
import email.policy
import importlib.resources
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.demo.documents import load_corpus
from monitor.demo.findings import Findings, findings, written
from monitor.demo.page import free_port, page_served
from monitor.demo.run import DATABASE, DIGESTS, SETTINGS, SLACK, demo_settings
from storage import alerts
from storage.model import Alert, Origin, State
from storage.store import Store
from storage.tables import assignments, documents
from tests.servers.slack import FakeSlack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LAST_DAY = dt.date(2026, 11, 15)
RISING = {State.WEAK_SIGNAL, State.EMERGING, State.TREND, State.RUPTURE}
PLANTED = {
    "gigafactories": {State.EMERGING, State.RUPTURE},
    "photonics": {State.EMERGING},
    "weak": {State.WEAK_SIGNAL, State.EMERGING},
    "twins_naval": RISING,
    "metaverse": {State.DECLINING},
}
ONSET = {
    "gigafactories": dt.date(2026, 10, 5),
    "photonics": dt.date(2026, 9, 21),
    "weak": dt.date(2026, 10, 5),
    "twins_naval": dt.date(2026, 9, 14),
    "metaverse": dt.date(2026, 7, 27),
}


@dataclass(frozen=True)
class Demo:
    """A finished demonstration. ``themes`` counts each theme's documents by the storyline they were written for."""

    folder: Path
    code: int
    printed: str
    noted: str
    cases: tuple[Alert, ...]
    themes: dict[str, Counter[str]]
    found: Findings

    def storyline(self, theme_id: str) -> str | None:
        """What at least half of a theme's documents were written for."""
        story, count = self.themes[theme_id].most_common(1)[0]
        return story if 2 * count >= self.themes[theme_id].total() else None


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "monitor.cli", "demo", "--out", str(folder), "--lang", "en"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=500, stdin=subprocess.DEVNULL, check=False)
    store = Store.open(f"sqlite:///{folder / DATABASE}")
    try:
        with store.reading() as conn:
            cases = tuple(alerts.all_alerts(conn))
            titles = {row.id: row.title for row in conn.execute(sa.select(documents.c.id, documents.c.title))}
            stories = storylines()
            themes: dict[str, Counter[str]] = {}
            for row in conn.execute(sa.select(assignments.c.theme_id, assignments.c.document_id)):
                themes.setdefault(row.theme_id, Counter())[stories[titles[row.document_id]]] += 1
        found = findings(store, LAST_DAY)
    finally:
        store.close()
    return Demo(folder, ended.returncode, ended.stdout, ended.stderr, cases, themes, found)


def storylines() -> dict[str, str]:
    """The storyline of every document, by title: ids in the database are the crawler's own."""
    path = importlib.resources.files("monitor.demo") / "corpus" / "storylines.csv"
    by_id = {row["id"]: row["storyline"] for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())}
    return {item.title: by_id[item.id] for item in load_corpus().items}


def test_it_ends_by_itself_and_every_document_was_collected(demo: Demo) -> None:
    assert demo.code == 0, demo.noted
    assert demo.found.documents == len(load_corpus().items)
    assert demo.found.sources == 19


@pytest.mark.parametrize("story", PLANTED)
def test_a_planted_movement_raises_an_alert_on_its_own_theme(demo: Demo, story: str) -> None:
    mine = [case for case in demo.cases if demo.storyline(case.theme_id) == story]
    assert {case.signal_state for case in mine} & PLANTED[story]
    assert min(case.opened_on for case in mine) >= ONSET[story]
    assert all(case.reason_fr != case.reason_en and case.evidence["documents"] for case in mine)


def test_the_conjunction_is_called_one(demo: Demo) -> None:
    known = {one.theme.id: one.theme for one in demo.found.themes}
    named = [known[case.theme_id] for case in demo.cases if demo.storyline(case.theme_id) == "twins_naval"]
    assert any(theme.origin is Origin.CONJUNCTION and theme.partner == "naval" for theme in named)


def test_nothing_else_raises_an_alert(demo: Demo) -> None:
    others = {case.theme_id: demo.themes[case.theme_id] for case in demo.cases if demo.storyline(case.theme_id) not in PLANTED}
    assert others == {}


def test_no_source_that_publishes_seldom_is_called_dead(demo: Demo) -> None:
    assert list((demo.folder / "slack").iterdir())
    assert not [path.name for path in (demo.folder / "slack").glob("*sources*")]


def test_a_movement_speaks_once(demo: Demo) -> None:
    spoken = Counter(demo.storyline(case.theme_id) for case in demo.cases)
    assert {story: count for story, count in spoken.items() if count > 1} == {}


def test_the_press_release_is_one_story_a_language(demo: Demo) -> None:
    copied = [one for one in demo.found.copied if "Accuboucle" in one.title]
    assert sorted(one.copies for one in copied) == [4, 8]
    assert all(one.raised == () for one in demo.found.copied)


def test_the_new_feed_is_read_but_does_not_count_yet(demo: Demo) -> None:
    (feed,) = demo.found.new_feeds
    assert feed.theme is not None
    assert feed.theme.id == "quantum"
    assert feed.documents == 18
    assert feed.counted < feed.collected
    assert feed.raised == ()


def test_the_outage_and_its_backlog_are_known_for_what_they_are(demo: Demo) -> None:
    outage = demo.found.outage
    assert outage is not None
    assert (outage.sources, outage.first, outage.back_on) == (8, dt.date(2026, 8, 24), dt.date(2026, 9, 7))
    assert outage.late > 10
    assert not [case for case in demo.cases if dt.date(2026, 8, 24) <= case.opened_on < dt.date(2026, 9, 21)]


def test_slack_messages_are_valid(demo: Demo) -> None:
    files = written(demo.folder, SLACK, DIGESTS).slack
    assert len(files) >= len({case.opened_on for case in demo.cases})
    slack = FakeSlack()
    for path in files:
        body = json.loads(path.read_text(encoding="utf-8"))
        answer = slack.api_call("chat.postMessage", body.get("update", body) | {"channel": "#veille"})
        assert answer["ok"], (path.name, answer)
        slack.advance()


def test_the_digest_is_there_in_both_languages(demo: Demo) -> None:
    last = written(demo.folder, SLACK, DIGESTS).digests
    assert {lang: sorted(formats) for lang, formats in last.items()} == {
        "fr": ["eml", "html", "slack.json", "txt"],
        "en": ["eml", "html", "slack.json", "txt"],
    }
    for lang, words in (("fr", "Semaine du 9 au 15 novembre 2026"), ("en", "Week of 9 to 15 November 2026")):
        assert words in last[lang]["txt"].read_text(encoding="utf-8")
        assert f'lang="{lang}"' in last[lang]["html"].read_text(encoding="utf-8")
        mail = email.message_from_bytes(last[lang]["eml"].read_bytes(), policy=email.policy.default)
        kinds = {part.get_content_type() for part in mail.walk()}
        assert {"text/plain", "text/html"} <= kinds


def test_the_summary_says_what_spoke_and_what_did_not(demo: Demo) -> None:
    for case in demo.cases:
        assert case.reason_en in demo.printed
        assert case.reason_fr in demo.printed
    for words in ("Quantum Courier", "Accuboucle", "8 sources silent", "last digest (fr)", "answered 200"):
        assert words in demo.printed


def test_the_pages_answer(demo: Demo) -> None:
    labels = [one.theme.label_en for one in demo.found.themes if one.alert]
    demo_settings(demo.folder, free_port())
    port = int((demo.folder / SETTINGS).read_text(encoding="utf-8").split("port = ")[1].split()[0])
    with page_served(demo.folder / SETTINGS, port) as address:
        request = urllib.request.Request(address, headers={"Accept-Language": "en"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            page = answer.read().decode()
    assert any(label in page for label in labels)
