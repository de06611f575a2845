from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import read_date
from crawler.normalize import canonical_url, plain_text, shorten, slug, without_mail

UTC = dt.UTC


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("HTTPS://Www.Exemple.FR:443/a?utm_source=rss&b=2&a=1#haut", "https://www.exemple.fr/a?a=1&b=2"),
        ("http://exemple.fr", "http://exemple.fr/"),
        ("https://moi:secret@exemple.fr/x", "https://exemple.fr/x"),
        ("https://exemple.fr/é?xtor=RSS-1", "https://exemple.fr/%C3%A9"),
        ("/article", "https://base.example/article"),
        ("javascript:alert(1)", None),
        ("ftp://exemple.fr/x", None),
        ("http://[mal", None),
        ("", None),
    ],
)
def test_an_address_has_one_form(raw: str, expected: str | None) -> None:
    assert canonical_url(raw, "https://base.example/flux") == expected


@given(st.text(max_size=60), st.text(alphabet="abcé&=%#?/+ ", max_size=30))
def test_canonical_url_is_idempotent(path: str, query: str) -> None:
    once = canonical_url(f"https://exemple.fr/{path}?{query}")
    assert once is None or canonical_url(once) == once


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<p>Un <b>laser</b></p><p>vert</p>", "Un laser vert"),
        ("l&#8217;IA &amp;amp; l&amp;#233;t&amp;eacute;", "l’IA & lété"),
        ("&lt;script&gt;mal()&lt;/script&gt;ok", "ok"),
        ("<script>mal()", ""),
        ("a\x00b\u202ec\ud800d", "abcd"),
        ("12,5\u00a0M€", "12,5 M€"),
        ("e\u0301nergie", "énergie"),
        ("2 < 3 et 5 > 4", "2 < 3 et 5 > 4"),
        (None, ""),
    ],
)
def test_text_is_plain(raw: str | None, expected: str) -> None:
    assert plain_text(raw) == expected


@given(st.text(max_size=300))
def test_plain_text_can_always_be_stored(raw: str) -> None:
    text = plain_text(raw)
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text


def test_a_long_title_is_cut_between_words() -> None:
    assert shorten("un deux trois quatre", 12) == "un deux…"
    assert len(plain_text("x" * 1_000_000, 500)) == 500
    assert shorten("abc", 0) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Contact : Camille Exemple, c.exemple+presse@labo.exemple.fr.", "Contact : Camille Exemple, ."),
        ("écrire à hélène@exemple.fr ou mailto:a@b.co.uk demain", "écrire à ou demain"),
        ("12 qubits @ 20 mK", "12 qubits @ 20 mK"),
        ("sans  adresse", "sans  adresse"),
    ],
)
def test_no_mail_address_stays_in_a_text(text: str, kept: str) -> None:
    assert without_mail(text) == kept
    assert without_mail(kept) == kept


def test_a_text_full_of_mail_signs_is_read_in_time() -> None:
    assert without_mail("a" * 20_000 + "@" * 20_000 + "a.b-" * 5_000)


def test_a_slug_is_ascii() -> None:
    assert slug("L'Écho – des Régions") == "l-echo-des-regions"


@pytest.mark.parametrize(
    ("raw", "day", "instant"),
    [
        ("Mon, 02 Mar 2026 08:30:00 GMT", dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 00:30:00 +0100", dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 23, 30, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 08:30:00 Paris", dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        ("2026-03-02T24:00:00Z", dt.date(2026, 3, 3), dt.datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026-03-02T08:30:00.123456+01:00", dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 7, 30, tzinfo=UTC)),
        ("2026-03-02 08:30:00", dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        ("2026-03-02", dt.date(2026, 3, 2), None),
        ("lundi 2 février 2026", dt.date(2026, 2, 2), None),
        ("1er août 2025 à 14h05", dt.date(2025, 8, 1), dt.datetime(2025, 8, 1, 14, 5, tzinfo=UTC)),
        ("March 2, 2026", dt.date(2026, 3, 2), None),
        ("02/03/2026", dt.date(2026, 3, 2), None),
    ],
)
def test_dates_as_the_world_writes_them(raw: str, day: dt.date, instant: dt.datetime | None) -> None:
    read = read_date(raw)
    assert (read.day, read.instant, read.flag) == (day, instant, None)


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("hier", "unreadable"),
        ("2026-13-40", "unreadable"),
        ("0001-01-01T00:00:00Z", "implausible"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "implausible"),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_never_invented(raw: str | None, flag: str | None) -> None:
    read = read_date(raw)
    assert (read.day, read.instant, read.flag) == (None, None, flag)


@given(st.text(max_size=80))
def test_no_date_field_raises(raw: str) -> None:
    assert read_date(raw).flag in (None, "unreadable", "implausible")
