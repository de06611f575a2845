"""Every row of the shipped catalogue is valid and complete, and a wrong row of anyone's says where it is wrong."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.catalogue import STORING, load_catalogue, rehearse
from crawler.licences import LICENCES, is_open
from crawler.normalize import canonical_url
from crawler.reasons import Reason
from nlp.facts.domains import domains
from nlp.facts.gazetteer import load_gazetteer
from nlp.themes.watch import watch_list
from storage.errors import ConfigError
from storage.model import Kind
from tests.conftest import NOW

ROOT = Path(__file__).parents[3]
SHIPPED = load_catalogue()
TEXT = (ROOT / "crawler" / "sources.toml").read_text(encoding="utf-8")


def groups() -> dict[str, int]:
    """Rows under each heading of the file."""
    parts = re.split(r"^# -{100,}\n# (.+)\n", TEXT, flags=re.MULTILINE)
    return {title: body.count("[[source]]") for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_group_is_there_with_all_its_rows() -> None:
    assert groups() == {
        "French technology, economy and regional press": 36,
        "French institutions, research and clusters": 47,
        "European Union": 11,
        "Trade press by theme": 23,
        "Trade press by application domain": 16,
        "Wires": 6,
        "Papers": 10,
        "Patents": 8,
        "Funding, calls and tenders": 15,
    }
    assert len(SHIPPED) == sum(groups().values())


def test_no_two_rows_are_one_source() -> None:
    assert len({source.id for source in SHIPPED}) == len(SHIPPED)
    assert [url for url, times in Counter(canonical_url(source.url) for source in SHIPPED).items() if times > 1] == []
    assert [name for name, times in Counter(source.name for source in SHIPPED).items() if times > 1] == []


def test_every_row_says_what_may_be_done_with_it() -> None:
    for source in SHIPPED:
        assert source.licence in LICENCES, source.id
        assert source.rights != "open" or is_open(source.licence), source.id
        assert source.rights == "excerpt" or not str(source.licence).startswith("press"), source.id


def test_a_row_rests_with_a_reason_in_both_languages_or_can_be_read() -> None:
    for source in SHIPPED:
        if source.enabled:
            assert source.disabled_reason is None, source.id
            assert source.collector in STORING, source.id
        else:
            reason = Reason.read(source.disabled_reason or "")
            assert str(reason) == source.disabled_reason
            assert "{0}" not in reason.fr + reason.en
            assert not source.trial, source.id


def test_blocked_and_unknown_addresses_are_not_visited() -> None:
    resting = {source.id for source in SHIPPED if not source.enabled}
    assert resting >= {
        "le-telegramme",
        "optics-org",
        "tech-eu",
        "business-wire",
        "inpi",
        "lens",
        "aides-territoires",
        "minalogic",
    }
    seen = {source.id: source.trial for source in SHIPPED if source.enabled}
    assert not seen["maddyness"]
    assert seen["actuia"]


def test_territories_and_themes_are_those_the_program_knows() -> None:
    known = load_gazetteer().territories
    codes = {place.nuts for place in known if place.level == "region"} | {
        place.code for place in known if place.level == "country"
    }
    subjects = {theme.id for theme in watch_list()} | set(domains())
    for source in SHIPPED:
        assert source.territory is None or set(source.territory.split(",")) <= codes | {"EU"}, source.id
        assert source.theme is None or source.theme in subjects, source.id


def test_every_collector_takes_the_options_of_its_rows() -> None:
    for source in SHIPPED:
        if source.collector in STORING:
            rehearse(source, NOW)
    with pytest.raises(ConfigError):
        rehearse(replace(SHIPPED[0], collector="openalex", options={"colour": "red"}), NOW)


def test_databases_count_by_actor() -> None:
    assert all(source.split_by_actor for source in SHIPPED if source.name.startswith(("arXiv", "EPO", "PATENTSCOPE", "HAL")))
    assert {source.kind for source in SHIPPED} == set(Kind)
    assert {source.lang for source in SHIPPED} == {"fr", "en", None}


def test_the_page_of_sources_explains_every_field_and_licence() -> None:
    page = (ROOT / "docs" / "sources" / "index.md").read_text(encoding="utf-8")
    fields = {key for row in tomllib.loads(TEXT)["source"] for key in row}
    assert [name for name in sorted(fields | set(LICENCES)) if f"`{name}`" not in page] == []


# --- files of other people


GOOD = "[[source]]\nname = 'A'\nurl = 'https://x.example'\nkind = 'news'\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[source]]\nname = 'A'\nurl = 'ftp://x'\nkind = 'news'", "url"),
        (GOOD + "colour = 1", r"\(A\): colour"),
        (GOOD * 2, "two sources"),
        ("[source]\nname = 'A'", "two brackets"),
        ("sources = 1", "unknown key"),
        ("= mal", "not TOML"),
        (GOOD + "rights = 'open'", "licence that allows"),
        (GOOD + "rights = 'open'\nlicence = 'press'", "licence that allows"),
        (GOOD + "licence = 'mine'", "'mine' is none of"),
        (GOOD + "disabled = 'tired'", "no known reason"),
        (GOOD + "collector = 'telepathy'", "no collector is called 'telepathy'"),
        (GOOD + "territory = 'Bretagne'", "territory"),
        (GOOD.replace("'A'", "'日'"), "give it an id"),
    ],
)
def test_a_wrong_catalogue_says_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_catalogue(path)


def test_a_row_that_is_switched_off_says_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(GOOD + "enabled = false\n" + GOOD.replace("'A'", "'B'") + "disabled = 'forbidden: 403'", encoding="utf-8")
    by_hand, forbidden = load_catalogue(path)
    assert not by_hand.enabled
    assert not forbidden.enabled
    assert by_hand.disabled_reason == "by_hand: switched off by a person"
    assert forbidden.disabled_reason == "forbidden: the site refuses access (HTTP 403)"
