"""The two catalogues say the same things, and every sentence is used."""

from __future__ import annotations

import datetime as dt
import re
import string
from pathlib import Path

import pytest

import web
from alerts.message import Change
from storage.model import AlertState, Kind, Origin, State, Verdict
from web.radar import RINGS, Direction
from web.texts import choose_language, texts

WEB = Path(web.__path__[0])
FR, EN = texts("fr").catalogue, texts("en").catalogue
LITERAL = re.compile(r"""\bt(?:\.count)?\(\s*["']([a-z_0-9.]+)["']\s*([~,)])""")
COUNTED = re.compile(r"""\bt\.count\(\s*["']([a-z_0-9.]+)["']""")
NAMED = re.compile(r"""\bt\.named\(\s*["']([a-z_]+)["']""")


def written() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in WEB.rglob("*") if path.suffix in (".html", ".py"))


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    assert FR.keys() == EN.keys()
    assert {key: fields(FR[key]) for key in FR} == {key: fields(EN[key]) for key in EN}


def test_no_text_is_blank() -> None:
    assert [key for key in FR if not FR[key].strip() or not EN[key].strip()] == []


def test_every_key_is_used_and_every_use_has_a_key() -> None:
    source = written()
    counted = {f"{key}.{form}" for key in COUNTED.findall(source) for form in ("one", "other")}
    literal = {key for key, after in LITERAL.findall(source) if after != "~" and key not in COUNTED.findall(source)}
    built = {key for key, after in LITERAL.findall(source) if after == "~"} | {f"{group}." for group in NAMED.findall(source)}
    assert (literal | counted) - FR.keys() == set()
    unused = {key for key in FR if key not in literal | counted and not any(key.startswith(prefix) for prefix in built)}
    assert unused == set()


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("state", State),
        ("origin", Origin),
        ("origins", Origin),
        ("kind", Kind),
        ("kind_one", Kind),
        ("direction", Direction),
        ("alert_state", AlertState),
        ("change", Change),
        ("radar", [name for name, _ in RINGS]),
        ("caveat", ["seasonality_unknown", "new_feeds_excluded", "few_data", "coverage_gap"]),
        ("caveat", ["single_source", "backfill", "brief_burst"]),
        ("role", ["earliest", "central", "latest", "kind", "voice"]),
        ("rule_kind", ["momentum", "conjunction", "buzz", "threshold"]),
        ("verdict", Verdict),
        ("verdict_help", Verdict),
        ("verdict_counted", Verdict),
        ("event", ["born", "merged", "split", "retired", "renamed", "pinned"]),
    ],
)
def test_every_code_has_its_words(group: str, codes: object) -> None:
    assert [code for code in codes if f"{group}.{code}" not in FR] == []  # type: ignore[attr-defined]


def test_states_are_named_as_the_users_do() -> None:
    assert [FR[f"state.{state}"] for state in State] == [
        "bruit", "signal faible", "émergent", "tendance", "rupture", "transition", "en déclin", "stable",
    ]  # fmt: skip


def test_numbers_and_days_follow_the_language() -> None:
    assert texts("fr").number(1234.56, 1).replace("\u202f", " ") == "1 234,6"
    assert texts("en").number(1234.56, 1) == "1,234.6"
    assert texts("fr").day(dt.date(2026, 10, 12), "d MMMM") == "12 octobre"
    assert texts("en").day(dt.date(2026, 10, 12), "d MMMM") == "12 October"
    assert texts("fr").percent(0.25).replace("\u202f", " ") == "25 %"


def test_zero_is_singular_in_french_and_plural_in_english() -> None:
    assert texts("fr").count("themes.count", 0) == "0 thème"
    assert texts("en").count("themes.count", 0) == "0 themes"


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert texts("fr").named("caveat", "clock_skew") == "clock skew"


@pytest.mark.parametrize(
    ("asked", "remembered", "header", "expected"),
    [
        ("en", "fr", "fr", "en"),
        (None, "en", "fr", "en"),
        ("xx", None, "en-US,en;q=0.9,fr;q=0.5", "en"),
        (None, None, "en;q=0.3, fr-CA;q=0.8", "fr"),
        (None, None, "de, es;q=0.9", "fr"),
        (None, None, "en;q=oops, ,;;", "fr"),
        (None, None, None, "fr"),
        ("../../etc", "<b>", "en;q=0", "fr"),
    ],
)
def test_the_language_is_the_readers(asked: str | None, remembered: str | None, header: str | None, expected: str) -> None:
    assert choose_language(asked, remembered, header) == expected
