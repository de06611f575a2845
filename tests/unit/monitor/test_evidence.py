"""What a signal shows for itself: documents with their role, shares, bands, and every caveat in both languages."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from monitor.evidence import Burst, Margin, Measured, Member, Said, WeekCount, choose, evidence_in
from monitor.trends.coverage import covered_weeks, silent_days
from monitor.trends.wording import Names

DAY = dt.date(2026, 3, 1)
NAMES = {"gazette": "La Gazette", "chroniques": "Chroniques", "arxiv": "arXiv", "jeune": "Jeune Pousse"}


def member(key: str, ago: int = 0, source: str = "gazette", kind: str = "news", p: float = 0.5, **more: Any) -> Member:
    return Member(key, source, kind, DAY - dt.timedelta(days=ago), p, **more)


def measured(**changed: Any) -> Measured:
    values: dict[str, Any] = {
        "day": DAY,
        "observed": 41.0,
        "expected": 14.2,
        "variance": 0.05,
        "weekly_variance": 0.1,
        "baseline": 80.0,
        "score": 5.2,
        "without_top": 4.1,
        "by_source": {"gazette": 18.0, "chroniques": 14.0, "autre": 9.0},
        "by_kind": {"news": 41.0},
        "sources_long": 14,
        "stories_long": 60.0,
        "collecting_days": 800,
        "weeks": [WeekCount(week=dt.date(2026, 2, 16), observed=9.0, expected=3.5)],
        "onset": dt.date(2026, 2, 10),
        "subjects": 400,
        "allowance": 5.0,
    }
    return Measured(**(values | changed))


def roles(*members: Member) -> dict[str, str]:
    return {one.document_id: one.role for one in choose(members)}


def test_documents_are_the_first_the_most_typical_the_last_and_one_a_kind() -> None:
    given = [
        member("d1", 20),
        member("d2", 15, "chroniques", p=0.9),
        member("d3", 14, p=0.8),
        member("d4", 9, "office", "patent", p=0.3),
        member("d5", 9, "office", "patent", p=0.6),
        member("d6", 5, p=0.7),
        member("d7", 1, "chroniques", p=0.2),
    ]
    assert roles(*given) == {"d1": "earliest", "d2": "central", "d5": "kind", "d7": "latest", "d3": "voice"}
    days = [one.member.day for one in choose(given)]
    assert days == sorted(days)


def test_a_document_that_is_two_things_is_shown_once() -> None:
    assert roles(member("d1", 9, p=0.9), member("d2", 5), member("d3", 1)) == {"d1": "earliest", "d2": "voice", "d3": "latest"}


def test_other_sources_are_preferred_and_all_are_shown_where_there_are_few() -> None:
    loud = [member(f"g{i}", i, p=0.9) for i in range(10)]
    quiet = [member("c1", 4, "chroniques", p=0.1), member("r1", 6, "revue", p=0.1)]
    assert {"c1", "r1"} <= set(roles(*loud, *quiet))
    assert len(roles(*loud, *quiet)) == 5
    assert set(roles(member("a"), member("b", 3))) == {"a", "b"}
    assert choose([]) == []


def test_the_order_of_arrival_changes_nothing() -> None:
    given = [member(f"d{i}", i % 7, f"s{i % 3}", p=(i * 37 % 10) / 10) for i in range(20)]
    assert choose(given) == choose(given[::-1])


def test_evidence_is_plain_json_with_bands_shares_and_the_leading_source() -> None:
    given = [member("old", 60), member("before", 25), member("d1", 18), member("d2", 3, "chroniques")]
    told = evidence_in(measured(), given, NAMES)
    assert json.loads(json.dumps(told)) == told
    assert told["band"][0] < 14.2 < told["band"][1]
    assert told["weekly"][0]["low"] <= 3.5 <= told["weekly"][0]["high"]
    assert told["top_source"] == {"source": "gazette", "name": "La Gazette", "stories": 18}
    assert told["share_by_source"]["gazette"] == 0.439
    assert sum(told["share_by_kind"].values()) == 1.0
    assert told["score_without_top_source"] == 4.1
    assert set(told["documents"]) == {"before", "d1", "d2"}, "stories of the window and of the movement, none before"
    assert [row["document_id"] for row in told["document_roles"]] == told["documents"]
    assert told["document_roles"][0] == {
        "document_id": "before",
        "role": "earliest",
        "day": "2026-02-04",
        "source": "gazette",
        "kind": "news",
    }
    assert (told["subjects"], told["allowance"], told["caveats"]) == (400, 5.0, [])


def test_what_only_some_signals_have() -> None:
    plain = evidence_in(measured(), ())
    assert not {"margins", "buzz", "stage", "decided_by"} & set(plain)
    margins = (
        Margin(id="twins", name=Names("Jumeaux", "Twins"), observed=40.0, expected=38.0),
        Margin(id="naval", name=Names("naval", "naval"), observed=22.0, expected=21.0),
    )
    burst = Burst(days=3, observed=12.0, expected=1.4, score=4.4, sources=4, words=Names("Emballement", "Buzz"))
    stage = Said(id="growth", words=Names("croissance", "growth"))
    told = evidence_in(measured(margins=margins, burst=burst, stage=stage, eur=12_500_000.4), ())
    assert [row["label_fr"] for row in told["margins"]] == ["Jumeaux", "naval"]
    assert told["buzz"]["days"] == 3
    assert told["buzz"]["fr"] == "Emballement"
    assert told["stage"] == {"id": "growth", "fr": "croissance", "en": "growth"}
    assert told["eur"] == 12_500_000
    assert "brief_burst" in told["caveats"]


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"collecting_days": 200}, "seasonality_unknown", ("Moins d’un an", "Less than a year")),
        ({"newcomers": {"jeune#3": 2.0, "jeune#7": 5.0}}, "new_feeds_excluded", ("Jeune Pousse (7)", "Jeune Pousse (7)")),
        ({"baseline": 4.0}, "few_data", ("Peu de données", "Few data")),
        ({"stories_long": 9.0}, "few_data", ("Peu de données", "Few data")),
        (
            {"silent": {"gazette": [dt.date(2026, 2, 9), dt.date(2026, 2, 10)]}},
            "coverage_gap",
            ("La Gazette (2 jours entre le 9 et le 10 février 2026)", "La Gazette (2 days between 9 and 10 February 2026)"),
        ),
        (
            {"silent": {"gazette": [dt.date(2026, 2, 9)]}},
            "coverage_gap",
            ("La Gazette (le 9 février 2026)", "La Gazette (on 9 February 2026)"),
        ),
        (
            {"weeks": [WeekCount(week=dt.date(2026, 2, 16), observed=0.0, expected=3.0, covered=False)]},
            "coverage_gap",
            ("a été interrompue", "was interrupted"),
        ),
        ({"by_source": {"gazette": 9.0}}, "single_source", ("rien d’indépendant", "nothing independent")),
        ({"by_source": {"arxiv#1": 3.0, "arxiv#7": 4.0}}, "single_source", ("auteurs ou déposants", "authors or applicants")),
    ],
)
def test_every_caveat_says_what_and_which(changed: dict[str, Any], code: str, words: tuple[str, str]) -> None:
    told = evidence_in(measured(**changed), (), NAMES)
    assert told["caveats"] == [code]
    (detail,) = told["caveat_details"]
    assert detail["code"] == code
    assert words[0] in detail["fr"]
    assert words[1] in detail["en"]


def test_late_documents_are_a_caveat_when_they_weigh() -> None:
    late = [member(f"l{i}", 2, is_late=True) for i in range(2)]
    fresh = [member(f"f{i}", 2) for i in range(6)]
    told = evidence_in(measured(), [*late, *fresh], NAMES)
    assert told["caveats"] == ["backfill"]
    assert "2 documents sur 8 ont été collectés" in told["caveat_details"][0]["fr"]
    assert evidence_in(measured(), [late[0], *fresh], NAMES)["caveats"] == []


def test_many_names_are_counted_not_listed() -> None:
    told = evidence_in(measured(newcomers={f"s{i}": float(9 - i) for i in range(6)}), ())
    assert told["caveat_details"][0]["fr"].endswith("s0 (9), s1 (8), s2 (7) et 3 autres.")
    assert told["caveat_details"][0]["sources"] == [f"s{i}" for i in range(6)]


def test_a_database_in_parts_is_silent_when_all_its_parts_are() -> None:
    days = [dt.date(2026, 2, 9), dt.date(2026, 2, 10)]
    told = evidence_in(measured(silent={"arxiv#1": days, "arxiv#2": days[:1]}), ())
    assert told["caveat_details"][0]["sources"] == {"arxiv": ["2026-02-09"]}


def test_silence_is_told_only_where_it_is_unlikely() -> None:
    daily, weekly, rare = np.full(84, 4.0), np.tile([6.0, 0, 0, 0, 0, 0, 0], 12), np.full(84, 4.0)
    daily[70:73] = 0
    rare[80:] = 0
    found = silent_days(np.stack([daily, weekly, rare]), ["d", "w", "r"], np.array([50.0, 50.0, 1.0]), dt.date(2026, 1, 5))
    assert {key: [day.isoformat() for day in days] for key, days in found.items()} == {
        "d": ["2026-03-16", "2026-03-17", "2026-03-18"]
    }
    weekly[77:] = 0
    found = silent_days(np.stack([weekly]), ["w"], np.array([50.0]), dt.date(2026, 1, 5))
    assert dt.date(2026, 3, 23) in found["w"], "the day its weekly issue should have come"
    assert silent_days(np.zeros((1, 84)), ["x"], np.ones(1), dt.date(2026, 1, 5)) == {}
    assert silent_days(np.ones((1, 84)), ["x"], np.zeros(1), dt.date(2026, 1, 5)) == {}


def test_a_week_is_covered_by_what_its_usual_sources_brought() -> None:
    volume = np.full((2, 28), 5.0)
    volume[0, 7:14] = 0
    weight = np.array([9.0, 1.0])
    assert covered_weeks(volume, weight, 28).tolist() == [True, False, True, True]
    assert covered_weeks(volume, weight[::-1], 28).all()
    assert covered_weeks(volume, np.zeros(2), 22).tolist() == [True, True, True, True]
    assert covered_weeks(volume[:, :0], weight, 0).tolist() == []


def test_numbers_of_another_day_do_not_leak() -> None:
    later = [member("d1", 3), replace(member("later"), day=DAY + dt.timedelta(days=1))]
    assert evidence_in(measured(), later)["documents"] == ["d1"]
