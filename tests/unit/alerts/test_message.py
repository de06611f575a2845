"""Messages: their words, their numbers, and what becomes of foreign text."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from alerts.channels.slack_blocks import mrkdwn
from alerts.compose import Background, alert_message
from alerts.config import AlertSettings
from alerts.message import Envelope, Message, as_payload, from_payload, one_line, web_url
from alerts.render import embedded_image, html, plain_text
from alerts.sparkline import blocks, expected_blocks, png, svg
from storage.model import Alert, Kind, State
from tests.unit.alerts.samples import (
    NOW,
    a_rule,
    a_theme,
    an_alert,
    buzz_evidence,
    evidence,
    full_evidence,
    some_documents,
    weekly,
)

BACKGROUND = Background(
    {"photonics": a_theme()}, {document.id: document for document in some_documents()}, {"gazette": "La Gazette"}
)


def compose(alert: Alert | None = None, lang: str = "fr", background: Background = BACKGROUND) -> Message:
    to = Envelope(key="k", subscription_id="s", target="t", lang=lang)
    settings = AlertSettings(public_url="https://veille.example")
    return alert_message(alert or an_alert(), background, to, settings, NOW, heard_before=False)


def figures(message: Message) -> dict[str, str]:
    return {figure.label: figure.value for figure in message.items[0].figures}


def test_numbers_and_dates_are_written_as_french_readers_write_them() -> None:
    message = compose(an_alert(observed=1234.0, expected=456.5, lift=2.7))
    assert message.title == "Émergent\u00a0: Photonique intégrée"
    assert figures(message)["Articles distincts"] == "1\u202f234 pour 456,5 attendus sur 28 jours"
    assert figures(message)["Depuis le"] == "10 février 2026"
    assert message.items[0].links[0].detail == "La Gazette, 20 février 2026 · presse"


def test_and_as_english_readers_do() -> None:
    message = compose(an_alert(observed=1234.0, expected=456.5), lang="en")
    assert message.title == "Emerging: Integrated photonics"
    assert figures(message)["Stories"] == "1,234 for 456.5 expected in 28 days"
    assert figures(message)["Evidence score"] == "5.2"
    assert figures(message)["Without the leading source"] == "score 4.1 without La Gazette (18 of 41 stories)"
    assert message.intro.startswith("41 stories")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("state", State)
def test_every_state_has_a_name(state: State, lang: str) -> None:
    label = compose(an_alert(signal_state=state), lang).items[0].state_label
    assert label
    assert "_" not in label


@pytest.mark.parametrize("code", ["seasonality_unknown", "new_feeds_excluded", "few_data", "coverage_gap"])
def test_every_caveat_has_words_in_both_languages(code: str) -> None:
    case = an_alert(evidence=evidence(caveats=[code, "unheard_of"]))
    french, english = (compose(case, lang).items[0].caveats for lang in ("fr", "en"))
    assert len(french) == len(english) == 1
    assert french != english


@pytest.mark.parametrize(
    "poor",
    [
        {},
        {"documents": None, "weekly": "x", "by_source": [], "by_kind": {"film": 3}, "onset": "soon", "caveats": 4},
        {"weekly": [{"week": "2026-02-30", "observed": 1, "expected": 1}, None, {"week": "2026-02-23"}]},
        {"documents": ["gone"], "score_without_top_source": "high", "window_days": True},
    ],
)
def test_poor_evidence_leaves_lines_out(poor: dict[str, object]) -> None:
    message = compose(an_alert(evidence=poor), background=Background())
    assert message.items[0].links == ()
    assert message.items[0].weekly == ()
    assert "photonics" in message.title


def test_a_payload_comes_back_as_it_was() -> None:
    message = compose()
    assert from_payload(json.loads(json.dumps(as_payload(message)))) == message
    with pytest.raises(ValueError, match="title"):
        from_payload({"kind": "alert"})


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//host/x",
        "https://",
        "https://user:pw@host/",
        "ftp://host/x",
        "",
        None,
        "http://[x",
    ],
)
def test_addresses_nobody_should_be_sent_to(address: str | None) -> None:
    assert web_url(address) is None


def test_an_address_cannot_leave_its_quotes() -> None:
    found = web_url('https://host.example/a b"><script>|x')
    assert found == "https://host.example/a%20b%22%3E%3Cscript%3E%7Cx"
    assert web_url("https://host.example/é?q=%20") == "https://host.example/%C3%A9?q=%20"


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_line_and_stable(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert one_line(line, limit) == line
    line.encode()


@given(st.text(alphabet=st.characters(codec="utf-8")), st.integers(1, 60))
def test_mrkdwn_holds_no_markup_and_fits(text: str, limit: int) -> None:
    escaped = mrkdwn(text, limit)
    assert len(escaped) <= limit
    assert not set("<>*_~`") & set(escaped)
    if len(escaped) < limit and not escaped.endswith("…"):
        assert escaped.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "").count("&") == 0


def weeks(*observed: float, gap: int | None = None) -> tuple[object, ...]:
    return compose(an_alert(evidence=evidence(weekly=weekly(*observed, gap=gap)))).items[0].weekly


def test_blocks_follow_the_counts() -> None:
    assert blocks(weeks(0, 4, 8, 2, gap=3)) == "▁▅█·"  # type: ignore[arg-type]
    assert blocks(weeks(0, 0)) == "▁▁"  # type: ignore[arg-type]
    assert blocks(()) == ""


def test_the_png_shows_bars_gaps_and_the_expected_line() -> None:
    image = Image.open(io.BytesIO(png(weeks(0, 8, 8, gap=2), width=90, height=40, scale=1))).convert("RGBA")  # type: ignore[arg-type]
    assert image.size == (90, 40)
    assert image.getpixel((15, 10))[3] == 0, "nothing observed"  # type: ignore[index]
    assert image.getpixel((45, 20))[:3] == (59, 110, 214), "above expected"  # type: ignore[index]
    grey = image.getpixel((75, 20))
    assert isinstance(grey, tuple)
    assert 0 < grey[3] < 255, "not covered: a veil, not a bar"


@pytest.mark.parametrize("counts", [(), (3.0,), (0.0, 0.0), (1.0, 2.0, 3.0)])
def test_the_svg_is_well_formed_for_any_number_of_weeks(counts: tuple[float, ...]) -> None:
    drawn = svg(weeks(*counts) if counts else (), title='<&"')  # type: ignore[arg-type]
    root = ET.fromstring(drawn)
    assert root[0].text == '<&"'
    assert png(weeks(*counts) if counts else ())  # type: ignore[arg-type]


def test_kinds_are_named_in_both_languages() -> None:
    counts = {kind.value: 1 for kind in Kind}
    value = figures(compose(an_alert(evidence=evidence(by_kind=counts))))["Nature"]
    assert value == "financement (1), presse (1), publication (1), brevet (1)"


IDS = ("photonics-d1", "photonics-d2")


def test_all_that_a_signal_explains_is_said_in_words() -> None:
    ruled = Background(
        BACKGROUND.themes, BACKGROUND.documents, BACKGROUND.sources, {("default", 1): a_rule(false_alerts_per_month=2.0)}
    )
    case = an_alert(threshold=3.9, evidence=full_evidence(*IDS))
    french, english = (compose(case, lang, ruled) for lang in ("fr", "en"))
    told = {label: value.replace("\xa0", " ") for label, value in figures(french).items()}
    assert told["Articles distincts"] == "41 pour 14 attendus (entre 9 et 20) sur 28 jours"
    assert told["Indice de preuve"] == "5,2, requis 3,9"
    assert told["Sans la première source"] == "indice de 4,1 sans La Gazette (18 documents sur 41) : le mouvement tient"
    assert told["Montants annoncés"] == "12,5 M€"
    assert told["Acteurs nouveaux"] == "Lumora Optique (6)"
    assert told["Lieux nouveaux"] == "Bretagne (3)"
    assert told["Pourquoi cet état"] == "Émergent : hausse prouvée d’un thème jeune."
    assert told["Stade"] == "en accélération"
    assert told["Règle"] == "Mouvement avéré, fausses alertes maîtrisées à 2 par mois sur l’ensemble de la veille"
    assert figures(english)["New places"] == "Brittany (3)"
    assert figures(english)["Why this state"] == "Emerging: a proven rise of a young theme."
    assert french.items[0].caveats == ("La Gazette est restée muette.",)
    assert english.items[0].caveats == ("La Gazette was silent.",)
    assert [link.role_label for link in english.items[0].links] == ["the first", "the most typical"]


@pytest.mark.parametrize(
    ("left", "threshold", "words"),
    [
        (4.1, 3.9, ": the movement stands"),
        (2.0, 3.9, ", under the 3.9 it needs: the movement rests on that source"),
        (2.0, 0.0, ""),
    ],
)
def test_what_stands_without_the_leading_source_is_said_plainly(left: float, threshold: float, words: str) -> None:
    case = an_alert(threshold=threshold, evidence=evidence(score_without_top_source=left))
    assert figures(compose(case, "en"))["Without the leading source"].partition("stories)")[2] == words


def test_a_burst_is_called_a_burst_and_tells_its_own_days() -> None:
    case = an_alert(kind="buzz", signal_state=State.TREND, evidence=buzz_evidence())
    french, english = compose(case), compose(case, "en")
    assert french.title == "Emballement\xa0: Photonique intégrée"
    assert english.title == "Buzz: Integrated photonics"
    item = english.items[0]
    assert (item.state_label, item.lift) == ("buzz", "×8.6")
    assert item.sentence == "Buzz: 12 articles from 4 sources in 3 days."
    assert figures(english)["Stories"] == "12 for 1.4 expected in 3 days"
    assert figures(french)["Articles distincts"] == "12 pour 1,4 attendu sur 3 jours"
    for text in (plain_text(english), html(english, embedded_image)):
        assert "trend" not in text.lower().replace(figures(english)["Why this state"].lower(), "")


def test_a_rule_of_plain_limits_says_that_it_controls_nothing() -> None:
    ruled = Background(rules={("default", 1): a_rule("default", min_observed=30)})
    message = compose(an_alert(kind="threshold", signal_state=State.STABLE, evidence=full_evidence()), "en", ruled)
    assert message.items[0].state_label == "threshold passed"
    assert figures(message)["Rule"] == "Proven movement, plain limits: false alerts are not controlled"
    assert "Evidence score" not in figures(message)


def test_a_meeting_shows_both_sides() -> None:
    margins = [
        {"id": "twins", "label_fr": "Jumeaux", "label_en": "Twins", "observed": 40, "expected": 38},
        {"id": "naval", "label_fr": "naval", "label_en": "naval", "observed": 1, "expected": 0.8},
    ]
    case = an_alert(kind="conjunction", evidence=full_evidence(margins=margins))
    assert figures(compose(case, "en"))["Each on its own"] == "Twins: 40 for 38 expected; naval: 1 for 0.8 expected"
    assert "naval\xa0: 1 pour 0,8 attendu" in figures(compose(case))["Chacun de son côté"]


@pytest.mark.parametrize(
    "poor",
    [
        {"band": [3], "new": [1], "stage": "x", "decided_by": {"fr": 3}, "margins": [{"label_fr": 3}, None], "eur": "many"},
        {
            "band": ["a", None],
            "new": {"actors": [{"name_fr": "A"}, 4]},
            "caveat_details": [3, {"fr": 4}],
            "document_roles": {"a": 1},
        },
        {"buzz": {"days": "three", "observed": None, "expected": 0}, "subjects": None},
    ],
)
def test_strange_evidence_is_passed_over(poor: dict[str, object]) -> None:
    for kind in ("momentum", "buzz"):
        message = compose(an_alert(kind=kind, evidence=evidence(*IDS) | poor))
        assert not {"Acteurs nouveaux", "Stade", "Pourquoi cet état", "Montants annoncés", "Chacun de son côté"} & set(
            figures(message)
        )
        assert html(message, embedded_image)


def test_the_curve_shows_its_usual_range_and_where_it_began() -> None:
    shown = compose().items[0].weekly
    drawn = svg(shown, dt.date(2026, 2, 10), title="t")
    assert "spark-band" in drawn
    assert "spark-onset" in drawn
    assert "spark-onset" not in svg(shown, dt.date(2020, 1, 1), title="t")
    assert "spark-band" not in svg([replace(week, low=None, high=None) for week in shown], title="t")
    assert png(shown, dt.date(2026, 2, 10)) != png(shown)
    assert png(shown, dt.date(2026, 2, 10)) == png(shown, dt.date(2026, 2, 10))
    assert blocks(shown, dt.date(2026, 2, 10)) == "▂▂▂▃▂▂▂·▂▃╎▄▆█"
    assert expected_blocks(shown, dt.date(2026, 2, 10)) == "▂▂▂▂▂▂▂·▂▂╎▂▂▂"


def test_messages_of_before_are_still_read() -> None:
    payload = as_payload(compose())
    item = payload["sections"][0]["items"][0]
    del payload["outlooks"], item["kind"]
    for week in item["weekly"]:
        del week["low"], week["high"]
    assert from_payload(payload).items[0].kind == "momentum"
