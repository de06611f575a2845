from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from crawler.collectors.base import Entry, Schedule
from crawler.manners.pace import counts_milliseconds, slot_of
from crawler.manners.refusal import Refusal
from crawler.manners.robots import read_rules
from crawler.reasons import SENTENCES, Reason
from crawler.settings import ZOOM_SHARED_HOSTS
from crawler.states import NEVER, learned
from crawler.timing import retry_after_s
from crawler.visit import OriginAnswer, Page, Visit
from storage.addresses import AddressRules
from storage.model import FetchOutcome, Kind, Source, SourceState
from tests.conftest import NOW


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "not an address",
    ],
)
def test_inner_addresses_are_refused(address: str) -> None:
    assert AddressRules().refusal("interne.example", 80, address) is not None


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(address: str) -> None:
    assert AddressRules().refusal("site.example", 443, address) is None


@pytest.mark.parametrize("allowed", ["interne.example", "interne.example:8080", "10.0.0.0/8", "10.0.0.5", "10.0.0.5:8080"])
def test_what_the_settings_allow_passes(allowed: str) -> None:
    rules = AddressRules([allowed])
    assert rules.refusal("interne.example", 8080, "10.0.0.5") is None
    assert rules.refusal("autre.example", 81, "192.168.1.1") is not None


def robots(status: int, text: str = "") -> OriginAnswer:
    return OriginAnswer("https://x.example", "/robots.txt", status, text, NOW)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_robots_that_cannot_be_read_forbid(status: int) -> None:
    with pytest.raises(Refusal):
        read_rules(robots(status)).check("https://x.example/flux", "ZoomAvant")


def test_robots_rules() -> None:
    rules = read_rules(
        robots(
            200, "User-agent: *\nDisallow: /prive\nCrawl-delay: 7\n\nUser-agent: ZoomAvant\nDisallow: /flux\nCrawl-delay: 9999"
        )
    )
    rules.check("https://x.example/autre", "Autre")
    with pytest.raises(Refusal):
        rules.check("https://x.example/flux", "ZoomAvant")
    assert rules.delay_s("Autre") == 7
    assert rules.delay_s("ZoomAvant") == 60
    read_rules(robots(404)).check("https://x.example/prive", "ZoomAvant")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        ("99999999999", 86400),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 600),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("bientôt", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, expected: int | None) -> None:
    assert retry_after_s(value, NOW) == expected


def source(**kw: object) -> Source:
    return Source(**{"id": "s", "name": "S", "kind": Kind.NEWS, "url": "https://s.example/", **kw})  # type: ignore[arg-type]


def visit(outcome: FetchOutcome, **kw: object) -> Visit:
    entries, wait_s = kw.pop("entries", ()), kw.pop("wait_s", None)
    page = Page(source_id="s", entries=entries)  # type: ignore[arg-type]
    return Visit(source_id="s", outcome=outcome, page=page, schedule=Schedule(wait_s=wait_s), **kw)  # type: ignore[arg-type]


def fresh(days: int = 0) -> tuple[Entry, ...]:
    return (Entry(title="T", published_on=NOW.date() - dt.timedelta(days=days)),)


def test_the_next_visit_waits_for_the_longest_of_what_is_asked() -> None:
    def after(**kw: object) -> float:
        columns = learned(source(interval_s=3600), visit(FetchOutcome.STORED, entries=fresh(), **kw), NOW)
        return float((columns["next_visit_at"] - NOW).total_seconds())

    assert 3240 <= after() <= 3600
    assert 7200 <= after(wait_s=7200) <= 7560
    assert 86400 <= after(wait_s=10_000_000) <= 90720, "a day at most"


def test_a_visit_cut_at_its_limit_goes_on_within_the_hour_and_is_no_empty_source() -> None:
    cut = visit(FetchOutcome.EMPTY, reason=Reason("more_to_come", "120"))
    columns = learned(source(interval_s=86_400), cut, NOW)
    assert columns["next_visit_at"] - NOW <= dt.timedelta(hours=1)
    assert columns["state"] == "active"
    assert learned(source(interval_s=86_400), visit(FetchOutcome.EMPTY), NOW)["next_visit_at"] - NOW > dt.timedelta(hours=20)


def test_failures_push_the_next_visit_away_but_not_for_ever() -> None:
    waits = []
    for failures in range(12):
        columns = learned(source(failures=failures), visit(FetchOutcome.FAILED, reason=Reason("timeout", "60")), NOW)
        waits.append((columns["next_visit_at"] - NOW).total_seconds())
    assert all(0.9 * whole <= wait <= whole for wait, whole in zip(waits, (3600, 7200, 14400), strict=False))
    assert 0.9 * 86400 <= waits[-1] <= 86400


def test_the_end_of_a_whole_crawl_counts_against_nobody() -> None:
    kept = source(state=SourceState.ACTIVE, failures=2, last_success_at=NOW, etag='"1"', interval_s=86_400)
    stopped = learned(kept, visit(FetchOutcome.FAILED, reason=Reason("crawl_timeout", "900")), NOW)
    assert set(stopped) == {"state_reason", "next_visit_at"}, "it was not visited: it comes first next time"
    assert dt.timedelta(minutes=50) < stopped["next_visit_at"] - NOW <= dt.timedelta(hours=2)
    quiet = replace(kept, state=SourceState.QUIET, state_reason="quiet: no new item since 2026-01-01")
    again = learned(quiet, visit(FetchOutcome.FAILED, reason=Reason("crawl_timeout", "900")), NOW)
    assert again["state_reason"] == quiet.state_reason, "why it is quiet is not forgotten"
    died = learned(kept, visit(FetchOutcome.FAILED, reason=Reason("crawl_died", "exit code 1")), NOW)
    assert (died["state"], died["failures"], died["last_visit_at"]) == ("active", 2, NOW)
    assert "etag" not in died


def test_what_a_source_asks_counts_from_its_answer_not_from_the_crawls_beginning() -> None:
    late = visit(FetchOutcome.STORED, entries=fresh(), wait_s=7200, elapsed_s=600.0)
    assert learned(source(), late, NOW)["next_visit_at"] >= NOW + dt.timedelta(seconds=7800)


def test_the_offices_retry_after_is_not_taken_for_seconds() -> None:
    assert counts_milliseconds("https://ops.epo.org/3.2/rest-services/published-data/search")
    assert not counts_milliseconds("https://ops.epo.org.example/3.2")


def test_states() -> None:
    assert learned(source(), visit(FetchOutcome.STORED, entries=fresh()), NOW)["state"] == "active"
    assert learned(source(), visit(FetchOutcome.STORED, entries=fresh(90)), NOW)["state"] == "quiet"
    assert learned(source(), visit(FetchOutcome.EMPTY), NOW)["state"] == "empty"
    assert learned(source(), visit(FetchOutcome.BLOCKED, reason=Reason("challenge")), NOW)["state"] == "blocked"
    assert learned(source(), visit(FetchOutcome.FAILED, reason=Reason("network", "x")), NOW)["state"] == "never_reached"
    gone = learned(source(), visit(FetchOutcome.GONE, reason=Reason("gone", "410")), NOW)
    assert (gone["state"], gone["next_visit_at"]) == ("gone", NEVER)
    kept = learned(source(state=SourceState.QUIET), visit(FetchOutcome.NOT_MODIFIED), NOW)
    assert kept["state"] == "quiet"


def every_day(last: int, first: int = 60, *, weekdays: bool = False) -> list[dt.date]:
    found = [NOW.date() - dt.timedelta(days=back) for back in range(last, first)]
    return [day for day in found if not weekdays or day.weekday() < 5]


def test_silence_is_judged_by_the_documents_a_source_has() -> None:
    def after(outcome: FetchOutcome, days: list[dt.date], **kw: object) -> str:
        return str(learned(source(**kw), visit(outcome), NOW, days)["state"])

    assert after(FetchOutcome.NOT_MODIFIED, every_day(1)) == "active"
    assert after(FetchOutcome.NOT_MODIFIED, every_day(9)) == "quiet", "an answer that never changes is silence too"
    assert after(FetchOutcome.NOT_MODIFIED, every_day(1), state=SourceState.QUIET) == "active"
    assert after(FetchOutcome.EMPTY, every_day(1)) == "empty", "a feed that published yesterday holds something"
    assert after(FetchOutcome.EMPTY, every_day(1), collector="hal") == "active", "an interface may have nothing new"
    assert after(FetchOutcome.EMPTY, every_day(9), collector="hal") == "quiet"
    assert after(FetchOutcome.EMPTY, [], collector="hal") == "empty"


def test_an_archive_that_rests_at_weekends_is_not_empty_then() -> None:
    sunday = NOW - dt.timedelta(days=1)
    days = every_day(2, 90, weekdays=True)
    assert learned(source(collector="arxiv_rss"), visit(FetchOutcome.EMPTY), sunday, days)["state"] == "active"
    assert learned(source(collector="arxiv_rss"), visit(FetchOutcome.EMPTY), NOW, days)["state"] == "empty"


def test_the_rhythm_is_written_beside_the_state() -> None:
    assert learned(source(), visit(FetchOutcome.NOT_MODIFIED), NOW, every_day(1))["gap_days"] == 1.0
    assert learned(source(), visit(FetchOutcome.STORED, entries=fresh()), NOW)["gap_days"] is None
    assert "gap_days" not in learned(source(), visit(FetchOutcome.FAILED, reason=Reason("timeout", "60")), NOW)


def test_a_failing_source_is_broken_only_after_three_visits() -> None:
    failed = visit(FetchOutcome.FAILED, reason=Reason("timeout", "60"))
    states = [learned(source(state=SourceState.ACTIVE, failures=n, last_success_at=NOW), failed, NOW)["state"] for n in range(4)]
    assert states == ["active", "active", "broken", "broken"]


@pytest.mark.parametrize(
    ("url", "slot"),
    [
        ("https://export.arxiv.org/api/query", "arxiv.org"),
        ("https://rss.arxiv.org/rss/quant-ph", "arxiv.org"),
        ("https://arxiv.org/abs/1", "arxiv.org"),
        ("https://notarxiv.org/", "notarxiv.org"),
        ("https://arxiv.org.example/", "arxiv.org.example"),
        ("https://S.Example:8080/", "s.example"),
    ],
)
def test_all_hosts_of_arxiv_count_as_one(url: str, slot: str) -> None:
    assert slot_of(url, ZOOM_SHARED_HOSTS) == slot
    assert ZOOM_SHARED_HOSTS["arxiv.org"] >= 3


def test_a_404_over_days_is_gone() -> None:
    missing = visit(FetchOutcome.BROKEN, status=404, reason=Reason("not_found", "404"))
    assert learned(source(failures=5, last_success_at=NOW - dt.timedelta(days=9)), missing, NOW)["state"] == "gone"
    assert learned(source(failures=0, last_success_at=NOW - dt.timedelta(days=9)), missing, NOW)["state"] == "broken"


def test_validators_are_kept_only_for_a_whole_body() -> None:
    whole = learned(source(), visit(FetchOutcome.STORED, entries=fresh(), etag='"1"'), NOW)
    cut = learned(source(), visit(FetchOutcome.STORED, entries=fresh(), etag='"1"', reason=Reason("truncated", "3")), NOW)
    failed = learned(source(etag='"1"'), visit(FetchOutcome.FAILED, reason=Reason("timeout", "60")), NOW)
    assert (whole["etag"], cut["etag"], failed["etag"]) == ('"1"', None, None)
    assert "etag" not in learned(source(etag='"1"'), visit(FetchOutcome.NOT_MODIFIED), NOW)


def test_every_reason_is_said_in_both_languages() -> None:
    for code in SENTENCES:
        reason = Reason(code, "12")
        assert reason.fr != reason.en
        assert str(reason) == f"{code}: {reason.en}"


def test_a_data_set_that_is_seldom_renewed_is_quiet_only_against_its_own_rhythm() -> None:
    old = visit(FetchOutcome.STORED, entries=fresh(days=60))
    assert learned(source(), old, NOW)["state"] == "quiet"
    assert learned(source(collector="ademe"), old, NOW)["state"] == "active"
    known = [NOW.date() - dt.timedelta(days=60 + 2 * n) for n in range(30)]
    assert learned(source(collector="ademe"), old, NOW, known)["state"] == "quiet"
