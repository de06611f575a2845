"""The weekly digest: what it shows, in which order, when it leaves, and that it leaves once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from alerts.config import AlertSettings, DigestSettings
from alerts.digest import Digest, build_digest, owe_digests
from alerts.outbox import deliver
from storage import deliveries, observations
from storage.model import AlertState, Signal, State
from storage.store import Store
from tests.servers.slack import FakeSlack
from tests.servers.smtp import FakeMailServer
from tests.unit.alerts.samples import NOW, a_subscription, an_alert, seed

MONDAY = dt.date(2026, 3, 2)
OLD = dt.date(2026, 1, 10)


def lifts(store: Store, theme_id: str, before: float, after: float, state: State = State.TREND) -> None:
    """A theme's strength at the end of the week before and of the week itself."""
    values: dict[str, Any] = {
        "theme_id": theme_id,
        "state": state,
        "score": 5.0,
        "observed": 4.0,
        "expected": 2.0,
        "sources": 4,
        "threshold": 4.0,
        "reason_fr": "",
        "reason_en": "",
    }
    with store.transaction() as conn:
        observations.add_signals(
            conn,
            [
                Signal(day=dt.date(2026, 2, 22), lift=before, **values),
                Signal(day=dt.date(2026, 3, 1), lift=after, **values),
            ],
        )


def shown(digest: Digest) -> list[tuple[str, list[str]]]:
    return [(section.title, [item.subject_id for item in section.items]) for section in digest.sections]


def test_sections_in_their_order(store: Store) -> None:
    closed = {"state": AlertState.RESOLVED, "closed_on": dt.date(2026, 2, 27)}
    seed(
        store,
        an_alert("closed", "t1", opened_on=OLD, **closed),
        an_alert("falls", "t2", opened_on=OLD, signal_state=State.DECLINING),
        an_alert("eases", "t10", opened_on=OLD),
        an_alert("rises", "t3", opened_on=OLD),
        an_alert("new-weak", "t4", score=4.0),
        an_alert("new-strong", "t5", score=9.0),
        an_alert("same", "t6", opened_on=OLD),
        an_alert("pending", "t7", state=AlertState.PENDING),
        an_alert("next-week", "t8", opened_on=MONDAY),
        an_alert("long-closed", "t9", opened_on=OLD, state=AlertState.RESOLVED, closed_on=dt.date(2026, 2, 22)),
    )
    lifts(store, "t2", 0.6, 0.3, State.DECLINING)
    for theme, before, after in (("t10", 3.0, 2.0), ("t3", 2.0, 3.0), ("t6", 2.0, 2.05)):
        lifts(store, theme, before, after)
    digest = build_digest(store, MONDAY, "en")
    assert shown(digest) == [
        ("New", ["new-strong", "new-weak"]),
        ("Rising", ["rises"]),
        ("Falling", ["falls"]),
        ("Easing", ["eases"]),
        ("Closed", ["closed"]),
    ]
    assert digest.unchanged == 1


def test_a_case_closed_after_the_week_is_still_open_in_it(sqlite_store: Store) -> None:
    seed(sqlite_store, an_alert("a", state=AlertState.RESOLVED, closed_on=MONDAY))
    assert shown(build_digest(sqlite_store, MONDAY, "fr")) == [("Nouveaux", ["a"])]


def test_at_most_seven_items_the_strongest_first(sqlite_store: Store) -> None:
    seed(sqlite_store, *(an_alert(f"a{i}", f"t{i}", score=float(i)) for i in range(10)))
    digest = build_digest(sqlite_store, MONDAY, "fr")
    assert shown(digest) == [("Nouveaux", [f"a{i}" for i in range(9, 2, -1)])]
    assert digest.left_out == 3
    assert "3 autres mouvements ne sont pas montrés." in digest.text


@pytest.mark.parametrize(
    ("lang", "words"), [("fr", "Rien de significatif cette semaine."), ("en", "Nothing significant this week.")]
)
def test_an_empty_week_says_so(sqlite_store: Store, lang: str, words: str) -> None:
    seed(sqlite_store, an_alert(opened_on=OLD))
    digest = build_digest(sqlite_store, MONDAY, lang)
    assert digest.is_empty
    assert words in digest.text
    assert words in digest.html


def test_the_page_speaks_the_readers_language(sqlite_store: Store) -> None:
    seed(sqlite_store, an_alert())
    french, english = (build_digest(sqlite_store, MONDAY, lang).html for lang in ("fr", "en"))
    assert '<html lang="fr"' in french
    assert "Semaine du 23 février au 1er mars 2026" in french
    assert "Week of 23 February to 1 March 2026" in english
    assert "par rapport à l’attendu" in french
    assert "compared with expected" in english
    assert "cid:" not in french


def test_the_digest_leaves_once_on_its_day(store: Store, mail: FakeMailServer, settings: AlertSettings) -> None:
    seed(store, an_alert(), places=(a_subscription("email", "reader@example.org", "digest"), a_subscription()))
    early = dt.datetime(2026, 3, 2, 5, 59, tzinfo=dt.UTC)  # 6:59 in Paris: last week's digest is the one due
    assert owe_digests(store, early, settings).owed == 1
    assert owe_digests(store, NOW, settings).owed == 1
    assert owe_digests(store, NOW + dt.timedelta(days=6), settings).owed == 0
    assert deliver(store, NOW, settings).sent == 2
    assert deliver(store, NOW, settings).sent == 0
    assert [one["Subject"] for one in mail.mails] == [
        "Semaine du 16 au 22 février 2026",
        "Semaine du 23 février au 1er mars 2026",
    ]


def test_nobody_is_bothered_with_an_empty_week_when_so_set(sqlite_store: Store, settings: AlertSettings) -> None:
    seed(sqlite_store, places=(a_subscription("email", "reader@example.org", "digest"),))
    quiet = settings.model_copy(update={"digest": DigestSettings(send_when_empty=False)})
    assert owe_digests(sqlite_store, NOW, quiet).owed == 0
    assert owe_digests(sqlite_store, NOW, settings).owed == 1


def test_the_digest_fits_slack_and_a_folder(
    sqlite_store: Store, slack: FakeSlack, settings: AlertSettings, tmp_path: Path
) -> None:
    long = "Une phrase très longue & <détaillée>. " * 40
    cases = [an_alert(f"a{i}", f"t{i}", reason_fr=long) for i in range(7)]
    seed(sqlite_store, *cases, places=(a_subscription(content="digest"), a_subscription("file", "out", "digest")))
    owe_digests(sqlite_store, NOW, settings)
    assert deliver(sqlite_store, NOW, settings).sent == 2
    assert len(slack.messages) == 1
    files = {path.suffix: path for path in (tmp_path / "out").iterdir()}
    assert set(files) == {".eml", ".html", ".txt", ".json"}
    assert json.loads(files[".json"].read_text())["blocks"] == slack.messages[0].body["blocks"]


def test_a_digest_is_archived_in_the_outbox(sqlite_store: Store, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(a_subscription("email", "reader@example.org", "digest"),))
    owe_digests(sqlite_store, NOW, settings)
    with sqlite_store.reading() as conn:
        (row,) = deliveries.of_subject(conn, "digest:2026-03-02")
    assert row.payload["title"] == "Semaine du 23 février au 1er mars 2026"
