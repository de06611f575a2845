"""The weekly digest: what it shows, in which order, when it leaves, and that it leaves once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from alerts.config import AlertSettings, DigestSettings, Mute
from alerts.digest import Digest, build_digest, owe_digests
from alerts.outbox import deliver
from storage import deliveries, observations, themes
from storage.model import AlertState, Signal, State
from storage.store import Store
from tests.servers.slack import FakeSlack
from tests.servers.smtp import FakeMailServer
from tests.unit.alerts.samples import NOW, a_subscription, a_theme, an_alert, buzz_evidence, full_evidence, seed

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


def stands(store: Store, theme_id: str, state: State, score: float, day: dt.date = dt.date(2026, 3, 1)) -> None:
    """A theme in a state, without a case."""
    with store.transaction() as conn:
        themes.save(conn, [a_theme(theme_id, f"Thème {theme_id}", f"Theme {theme_id}")])
        signal = Signal(
            theme_id=theme_id,
            day=day,
            state=state,
            score=score,
            lift=2.0,
            observed=4.0,
            expected=0.8,
            sources=3,
            threshold=4.0,
            reason_fr="",
            reason_en="",
        )
        observations.add_signals(conn, [signal])


def test_how_themes_stand_is_told_apart_from_what_happened(store: Store) -> None:
    seed(store, an_alert("shown", "t1"))
    stands(store, "t1", State.TREND, 9.0)
    for i in range(5):
        stands(store, f"trend{i}", State.TREND, 5.0 + i)
    stands(store, "shift", State.TRANSITION, 4.0)
    stands(store, "weak", State.WEAK_SIGNAL, 2.5)
    stands(store, "broke", State.RUPTURE, 2.0)
    stands(store, "calm", State.STABLE, 0.0)
    stands(store, "old", State.TREND, 9.0, dt.date(2026, 2, 20))
    digest = build_digest(store, MONDAY, "en")
    assert [(outlook.title, [line.theme_id for line in outlook.lines]) for outlook in digest.outlooks] == [
        ("Perspective", ["shift", "trend4", "trend3", "trend2"]),
        ("Prospective", ["broke", "weak"]),
    ]
    assert "Theme weak — weak signal, 4 for 0.8 expected, from 3 sources" in digest.text
    assert "questions to look into, not forecasts" in digest.html
    muted = AlertSettings(mutes=(Mute(theme_id="weak"),))
    assert [line.theme_id for line in build_digest(store, MONDAY, "en", muted).outlooks[1].lines] == ["broke"]


def test_a_quiet_week_may_still_have_an_outlook(sqlite_store: Store) -> None:
    stands(sqlite_store, "weak", State.WEAK_SIGNAL, 2.5)
    digest = build_digest(sqlite_store, MONDAY, "fr")
    assert digest.is_empty
    assert "Rien de significatif cette semaine." in digest.text
    assert "Thème weak — signal faible, 4 pour 0,8 attendu, de 3 sources" in digest.text


def test_bursts_come_after_movements_and_are_counted_apart(sqlite_store: Store) -> None:
    seed(
        sqlite_store, an_alert("burst", "t1", kind="buzz", score=9.0, evidence=buzz_evidence()), an_alert("rise", "t2", score=5.0)
    )
    digest = build_digest(sqlite_store, MONDAY, "fr")
    assert shown(digest) == [("Nouveaux", ["rise", "burst"])]
    assert "1 nouveau mouvement, 1 emballement" in digest.text


def test_what_closed_is_one_line_without_its_documents(sqlite_store: Store) -> None:
    seed(sqlite_store, an_alert("a", opened_on=OLD, state=AlertState.RESOLVED, closed_on=dt.date(2026, 2, 27)))
    (section,) = build_digest(sqlite_store, MONDAY, "fr").sections
    assert (section.items[0].links, section.items[0].caveats) == ((), ())


def test_a_stricter_reader_sees_what_is_proven_for_them(sqlite_store: Store) -> None:
    strong = an_alert("strong", "t1", score=7.0, threshold=4.0, evidence=full_evidence(subjects=1000))
    weak = an_alert("weak", "t2", score=4.5, threshold=4.0, evidence=full_evidence(subjects=1000))
    seed(sqlite_store, strong, weak)
    assert shown(build_digest(sqlite_store, MONDAY, "fr")) == [("Nouveaux", ["strong", "weak"])]
    assert shown(build_digest(sqlite_store, MONDAY, "fr", allowed=0.1)) == [("Nouveaux", ["strong"])]


def test_hostile_names_are_only_text(sqlite_store: Store) -> None:
    seed(sqlite_store)
    bad = "<script>alert(1)</script>"
    stands(sqlite_store, "weak", State.WEAK_SIGNAL, 2.5)
    with sqlite_store.transaction() as conn:
        themes.save(conn, [a_theme("weak", bad, bad)])
    digest = build_digest(sqlite_store, MONDAY, "fr")
    assert "<script>" not in digest.html
    assert "&lt;script&gt;" in digest.html
