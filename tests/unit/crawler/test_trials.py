"""A source on trial stays with its first documents and leaves when its site says no; our own troubles decide nothing."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.reasons import Reason
from crawler.states import learned
from crawler.trials import after_visit
from crawler.visit import Visit
from storage.model import FetchOutcome, Kind, Source
from tests.conftest import NOW

ON_TRIAL = Source(id="s", name="S", kind=Kind.NEWS, url="https://s.example/feed", trial=True)


def decided(outcome: FetchOutcome, documents: int = 0, failures: int = 1, code: str | None = None) -> dict[str, Any]:
    return after_visit(ON_TRIAL, outcome, documents=documents, failures=failures, reason=Reason(code, "403") if code else None)


def test_the_first_documents_end_a_trial() -> None:
    assert decided(FetchOutcome.STORED, documents=3, failures=0) == {"trial": False}
    assert decided(FetchOutcome.STORED, documents=3, failures=0, code="ill_formed") == {"trial": False}


@pytest.mark.parametrize("outcome", [FetchOutcome.EMPTY, FetchOutcome.NOT_MODIFIED])
def test_an_empty_answer_decides_nothing(outcome: FetchOutcome) -> None:
    assert decided(outcome, failures=0) == {}


@pytest.mark.parametrize(
    ("outcome", "code", "visits"),
    [
        (FetchOutcome.BLOCKED, "forbidden", 3),
        (FetchOutcome.BROKEN, "html", 3),
        (FetchOutcome.FAILED, "unknown_host", 6),
        (FetchOutcome.GONE, "gone", 1),
    ],
)
def test_a_site_that_says_no_is_left(outcome: FetchOutcome, code: str, visits: int) -> None:
    assert all(decided(outcome, failures=number, code=code) == {} for number in range(1, visits))
    columns = decided(outcome, failures=visits, code=code)
    assert columns["enabled"] is False
    why = Reason.read(columns["disabled_reason"])
    assert why.code == "trial_failed"
    assert why.fr == f"essai non concluant : {Reason(code, '403').fr}"
    assert why.en == f"its trial failed: {Reason(code, '403').en}"


@pytest.mark.parametrize("code", ["needs_key", "slow_down", "host_waits", "crawl_timeout", "crawl_died", "storing", "settings"])
def test_our_own_troubles_never_end_a_trial(code: str) -> None:
    assert decided(FetchOutcome.BROKEN, failures=50, code=code) == {}
    assert decided(FetchOutcome.FAILED, failures=50, code=code) == {}


def test_a_source_that_is_kept_is_never_switched_off() -> None:
    kept = Source(id="s", name="S", kind=Kind.NEWS)
    assert after_visit(kept, FetchOutcome.GONE, documents=0, failures=9, reason=Reason("gone", "410")) == {}


def test_a_visit_writes_what_the_trial_decided() -> None:
    visit = Visit(source_id="s", outcome=FetchOutcome.BLOCKED, reason=Reason("forbidden", "403"))
    columns = {"failures": 0}
    source = ON_TRIAL
    for number in range(1, 4):
        source = Source(id="s", name="S", kind=Kind.NEWS, trial=True, failures=columns["failures"])
        columns = learned(source, visit, NOW)
        assert ("enabled" in columns) == (number == 3)
    assert learned(source, Visit(source_id="s", outcome=FetchOutcome.STORED, items=2), NOW)["trial"] is False
