"""arXiv's API and RSS, with their traps."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from storage.errors import ConfigError
from tests.conftest import NOW
from tests.integration.crawler.papers import titles, visit
from tests.servers.arxiv import Arxiv, rss
from tests.servers.http import Site
from tests.servers.works import Work, works


def test_a_work_is_read_whole(site: Site) -> None:
    driven = visit("arxiv", Arxiv([Work(7, doi="10.9999/EX.7", category="quant-ph")]).mount(site))
    (entry,) = driven.entries
    assert (entry.title, entry.text) == (
        "An illustrative work on quantum key distribution, number 7",
        "We present an illustrative photonic chip for quantum key distribution.",
    )
    assert entry.guid == "arxiv:2602.00007"
    assert entry.url == "https://arxiv.org/abs/2602.00007"
    assert entry.keys == ("arxiv:2602.00007", "doi:10.9999/ex.7")
    assert entry.codes == ("quant-ph", "cs.CR")
    assert entry.published_at == dt.datetime(2026, 2, 27, 17, 59, 59, tzinfo=dt.UTC)
    assert entry.stated.parties == ()
    assert driven.waits == [3.0]


def test_categories_and_words_must_both_hold(site: Site) -> None:
    arxiv = Arxiv(
        [Work(1), Work(2, category="cs.LG"), Work(3, title="A long enough title about laser cooling", abstract="None.")]
    )
    url = arxiv.mount(site)
    assert len(visit("arxiv", url).entries) == 2
    assert len(visit("arxiv", url, categories=["quant-ph"]).entries) == 1
    assert len(visit("arxiv", url, categories=["quant-ph"], terms=False).entries) == 2
    assert 'all:"ordinateur quantique"' in arxiv.queries[0]


def test_pages_follow_until_the_last(site: Site) -> None:
    driven = visit("arxiv", Arxiv(works(25)).mount(site), rows=10)
    assert len(set(titles(driven))) == 25
    assert len(driven.requests) == 3


def test_the_next_visit_reads_the_days_since_again_with_an_overlap(site: Site) -> None:
    arxiv = Arxiv([Work(1, on=dt.date(2026, 2, 20)), Work(2, on=dt.date(2026, 2, 28)), Work(3, on=dt.date(2026, 3, 3))])
    url = arxiv.mount(site)
    first = visit("arxiv", url)
    assert len(first.entries) == 2
    second = visit("arxiv", url, cursor=first.cursor, now=NOW + dt.timedelta(days=2))
    assert [entry.guid for entry in second.entries] == ["arxiv:2602.00002", "arxiv:2602.00003"]
    assert "submittedDate:[202602270000 TO 202603042359]" in arxiv.queries[-1]


def test_a_visit_that_broke_off_goes_on_from_its_page(site: Site) -> None:
    url = Arxiv(works(25)).mount(site)
    first = visit("arxiv", url, rows=10, pages=1)
    second = visit("arxiv", url, rows=10, cursor=first.cursor, now=NOW + dt.timedelta(days=1))
    assert len(second.requests) == 2
    assert sorted(titles(first) + titles(second)) == sorted(titles(visit("arxiv", url, rows=10)))


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"until": 3}', '{"until": "2026-02-30"}', '{"until":"2026-03-01","part":9}'])
def test_a_cursor_that_cannot_be_read_begins_again(site: Site, cursor: str) -> None:
    assert len(visit("arxiv", Arxiv(works(3)).mount(site), cursor=cursor).entries) == 3


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_entry_is_a_failure_with_its_words(site: Site, status: int) -> None:
    broken = Arxiv(works(3), refuses="start must be an integer", error_status=status)
    driven = visit("arxiv", broken.mount(site))
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail) == ("service_error", "start must be an integer")
    assert driven.entries == []


def test_an_empty_page_before_the_end_is_no_end(site: Site) -> None:
    driven = visit("arxiv", Arxiv(works(25), busy={10}).mount(site), rows=10)
    assert driven.reason is not None
    assert str(driven.reason.code) == "incomplete"
    again = visit("arxiv", Arxiv(works(25)).mount(site), rows=10, cursor=driven.cursor)
    assert len(again.entries) == 15


def test_no_more_than_arxiv_gives_are_asked_for(site: Site) -> None:
    driven = visit("arxiv", Arxiv(works(3), total=90_000).mount(site), rows=200, max_pages=1)
    assert driven.pages[-1].note is not None
    assert driven.pages[-1].note.code == "too_many_rows"


def test_the_last_page_arxiv_gives_is_asked_for_no_larger_and_says_that_there_is_more(site: Site) -> None:
    url = Arxiv(works(30_005)).mount(site)
    cut = visit("arxiv", url, rows=40, pages=1)
    behind = json.dumps(json.loads(cut.cursor or "") | {"mark": "29980"})
    last = visit("arxiv", url, rows=40, cursor=behind)
    assert last.reason is None
    assert [len(page.entries) for page in last.pages] == [20]
    assert last.pages[-1].note is not None
    assert last.pages[-1].note.code == "too_many_rows"


@pytest.mark.parametrize(
    ("body", "code"), [("<html><body>Rate exceeded</body></html>", "html"), ("", "no_body"), ("<a/>", "shape")]
)
def test_what_is_no_answer_is_no_success(site: Site, body: str, code: str) -> None:
    driven = visit("arxiv", Arxiv(body=body).mount(site))
    assert driven.reason is not None
    assert driven.reason.code == code


def test_an_entry_without_a_number_costs_no_other(site: Site) -> None:
    driven = visit("arxiv", Arxiv([Work(1), Work(2, extra={"id": "http://arxiv.org/abs/"}), Work(3)]).mount(site))
    assert len(driven.entries) == 2
    assert driven.pages[0].rejected == 1


def test_nothing_to_ask_for_is_said(site: Site) -> None:
    driven = visit("arxiv", Arxiv().mount(site), terms=False)
    assert driven.reason is not None
    assert driven.reason.code == "nothing_asked"
    with pytest.raises(ConfigError, match="categorie"):
        visit("arxiv", Arxiv().mount(site), categorie=["quant-ph"])


def test_rss_counts_new_works_and_crossed_ones_once(site: Site) -> None:
    items = [(Work(1), "new"), (Work(2), "replace"), (Work(3), "cross"), (Work(4), "replace-cross"), (Work(3), "new")]
    url = site.page("/rss/quant-ph", rss(items), content_type="application/rss+xml")
    driven = visit("arxiv_rss", url)
    assert [entry.keys for entry in driven.entries] == [("arxiv:2602.00001",), ("arxiv:2602.00003",)]
    entry = driven.entries[0]
    assert entry.text == Work(1).abstract
    assert (entry.author, entry.url) == ("Ada Example", "https://arxiv.org/abs/2602.00001")
    assert driven.requests[0].conditional
    assert driven.waits == [3.0]


def test_an_empty_weekend_is_no_failure(site: Site) -> None:
    driven = visit("arxiv_rss", site.page("/rss/quant-ph", rss([]), content_type="application/rss+xml"))
    assert (driven.entries, driven.reason) == ([], None)
    assert driven.pages[0].schedule is not None
    assert driven.pages[0].schedule.skip_days == {5, 6}
