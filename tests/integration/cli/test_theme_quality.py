"""``themes quality`` as an analyst sees it: a page in either language, JSON, and a clear line when there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.config import NlpSettings
from nlp.themes.config import ThemeSettings
from storage.store import Store
from tests.integration.cli.conftest import Zoom, url_of
from tests.integration.nlp import theme_corpus as news
from tests.integration.nlp.test_theme_steps import WEEK, read, weekly

MONDAY = news.BURST_NOW + WEEK


@pytest.fixture
def zoom_on_news(zoom: Zoom, sqlite_store: Store, tmp_path: Path) -> Zoom:
    file = tmp_path / "themes.toml"
    file.write_text(news.WATCH_LIST, encoding="utf-8")
    settings = NlpSettings(themes=ThemeSettings(watch_file=file))
    read(sqlite_store, settings, news.EVERYTHING)
    weekly(sqlite_store, settings, MONDAY)
    return lambda *words: zoom("--database", url_of(sqlite_store), *words)


@pytest.mark.parametrize(("lang", "said"), [("fr", "aucun document attribué"), ("en", "no document was assigned")])
def test_an_empty_database_gets_one_clear_line(zoom_on: Zoom, lang: str, said: str) -> None:
    ran = zoom_on("themes", "quality", "--lang", lang)
    assert (ran.code, ran.out) == (0, "")
    assert said in ran.err


def test_an_empty_database_is_valid_json(zoom_on: Zoom) -> None:
    ran = zoom_on("themes", "quality", "--json")
    assert ran.code == 0
    assert ran.json["now"]["documents"] == 0
    assert ran.json["mondays"] == []
    assert ran.json["look"] == []


def test_the_page_speaks_both_languages(zoom_on_news: Zoom) -> None:
    french, english = (zoom_on_news("themes", "quality", "--lang", lang) for lang in ("fr", "en"))
    assert (french.code, english.code) == (0, 0)
    for words in (
        "26 janvier 2026",
        "22 février 2026",
        "cohérence (NPMI)",
        "récits sans thème",
        "2026-02-23",
        "Thèmes de veille",
    ):
        assert words in french.out
    for words in ("January 26, 2026", "coherence (NPMI)", "stories in no theme", "Monday by Monday", "least coherent", "Quantum"):
        assert words in english.out
    assert "{" not in french.out + english.out


def test_json_holds_the_whole_report(zoom_on_news: Zoom) -> None:
    found = zoom_on_news("themes", "quality", "--json", "--lang", "en", "--weeks", "3", "--days", "14").json
    assert found["now"]["days"] == 14
    assert found["start"] == "2026-02-09"
    assert found["end"] == "2026-02-23"
    assert [one["monday"] for one in found["mondays"]] == ["2026-02-09", "2026-02-16", "2026-02-23"]
    assert found["mondays"][-1]["days"] == 28
    assert found["mondays"][-1]["born"] == 0
    assert found["weakest"][0]["words"]
    assert "centroid" not in found["weakest"][0]
    assert "largest_share" in found["look"]


def test_limits_are_marked_on_the_page(zoom_on_news: Zoom) -> None:
    page = zoom_on_news("themes", "quality").out
    (line,) = [line for line in page.splitlines() if line.startswith("part du plus grand thème")]
    assert line.rstrip().endswith("à voir")


def test_an_unknown_language_is_wrong_use(zoom_on: Zoom) -> None:
    assert zoom_on("themes", "quality", "--lang", "de").code == 2
