"""What pages read out of evidence: all of it when it is there, nothing when it is missing, older or misshapen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from storage.model import Signal, State
from tests.builders import a_signal, an_alert
from web.evidence import Shown, shown

FULL = {
    "decided_by": {"id": "trend.long_rise", "fr": "Règle dite ici.", "en": "Rule told here."},
    "lacks": ["weeks<104", "new<code"],
    "stage": {"id": "acceleration", "plausible": ["acceleration", "slowing"]},
    "onset": "2026-01-19",
    "onset_interval": ["2026-01-12", "2026-01-26"],
    "band": [9, 20],
    "by_source": {"gazette": 12, "epo#1": 3, "epo#2": 10},
    "top_source": {"source": "gazette", "name": "La Gazette", "stories": 12},
    "score_without_top_source": 6.2,
    "document_roles": [{"document_id": "d1", "role": "earliest"}, {"role": "latest"}, "rubbish"],
    "new_terms": ["qubits"],
    "new": {
        "terms": [{"name_fr": "qubits de spin", "name_en": "spin qubits"}],
        "actors": [{"name_fr": "Voltacycle", "name_en": "Voltacycle"}],
        "places": [{"name_fr": "Bretagne", "name_en": "Brittany"}],
    },
    "caveats": ["few_data", "coverage_gap"],
    "caveat_details": [{"code": "coverage_gap", "fr": "Muettes : deux sources.", "en": "Silent: two sources."}],
    "buzz": {"days": 3, "observed": 9, "expected": 1.5, "score": 5.0},
    "long_run": {"since": "2021-04-01", "per_year": 0.35, "months": 59},
    "margins": [{"id": "a", "label_fr": "Quantique", "label_en": "Quantum", "observed": 12, "expected": 11.5}],
    "allowance": 5,
}


def signal(**evidence: Any) -> Signal:
    return a_signal(state=State.TREND, decided_by="trend.long_rise", stage="acceleration", evidence=evidence)


def test_everything_is_read_in_the_readers_language() -> None:
    fr, en = shown(signal(**FULL), "fr"), shown(signal(**FULL), "en")
    assert fr.decision is not None
    assert (fr.decision.words, fr.decision.lacks) == ("Règle dite ici.", ("moins de deux ans de collecte", "new<code"))
    assert fr.stage is not None
    assert (fr.stage.name, fr.stage.others) == ("accélération", ("ralentissement",))
    assert en.stage is not None
    assert en.stage.others == ("slowing growth",)
    assert (fr.onset, fr.onset_interval) == (dt.date(2026, 1, 19), (dt.date(2026, 1, 12), dt.date(2026, 1, 26)))
    assert fr.band == (9, 20)
    assert fr.top is not None
    assert (fr.top.name, fr.top.stories, fr.top.score) == ("La Gazette", 12, 6.2)
    assert fr.roles == {"d1": "earliest"}
    assert (fr.new_terms, fr.new_actors, fr.new_places) == (("qubits de spin",), ("Voltacycle",), ("Bretagne",))
    assert en.new_places == ("Brittany",)
    assert [(caveat.code, caveat.text) for caveat in fr.caveats] == [
        ("few_data", None),
        ("coverage_gap", "Muettes : deux sources."),
    ]
    assert fr.buzz is not None
    assert (fr.buzz.days, fr.buzz.observed) == (3, 9)
    assert fr.long_run is not None
    assert (fr.long_run.since, fr.long_run.per_year, fr.long_run.months) == (dt.date(2021, 4, 1), 0.35, 59)
    assert [(margin.name, margin.expected) for margin in en.margins] == [("Quantum", 11.5)]
    assert fr.allowance == 5


def test_a_rule_is_told_in_words_and_an_unknown_one_by_its_id() -> None:
    known = shown(a_signal(decided_by="rupture.sharp_rise"), "en").decision
    assert known is not None
    assert known.words.startswith("A proven, sharp rise")
    unknown = shown(a_signal(decided_by="rupture.of_tomorrow"), "en").decision
    assert unknown is not None
    assert unknown.words == "rupture.of_tomorrow"


def test_without_enough_data_the_stage_says_so() -> None:
    stage = shown(a_signal(decided_by="noise.too_little_data"), "fr").stage
    assert stage is not None
    assert (stage.name, stage.is_known) == ("pas assez de données", False)


@pytest.mark.parametrize("rule", ["", "earlier_version"])
def test_a_signal_of_an_earlier_version_shows_what_it_has(rule: str) -> None:
    old = {"onset": "2026-01-19", "by_source": {"epo#1": 3, "epo#2": 10, "gazette": 12}, "score_without_top_source": 3.5}
    found = shown(
        a_signal(decided_by=rule, evidence=old | {"new_terms": ["qubits"], "caveats": ["few_data"]}), "fr", {"epo": "OEB"}
    )
    assert (found.decision, found.stage, found.band, found.buzz) == (None, None, None, None)
    assert found.top is not None
    assert (found.top.name, found.top.stories, found.top.score) == ("OEB", 13, 3.5), "the parts of a database are one source"
    assert found.new_terms == ("qubits",)
    assert [caveat.code for caveat in found.caveats] == ["few_data"]


@pytest.mark.parametrize("rubbish", [None, 3, "x", [], {}, [None], {"id": None}, [1, 2, 3], float("nan"), True, {"fr": 3}])
def test_misshapen_evidence_is_left_out(rubbish: Any) -> None:
    found = shown(signal(**dict.fromkeys(FULL, rubbish)), "fr")
    assert (found.onset_interval, found.top, found.buzz, found.long_run, found.new_actors) == (None, None, None, None, ())
    assert found.margins == ()
    assert found.roles == {}
    assert found.stage is not None
    assert found.stage.name == "accélération"


def test_no_signal_shows_nothing_and_a_case_has_no_stage_of_its_own() -> None:
    assert shown(None, "fr") == Shown()
    case = shown(an_alert(evidence={"band": [1, 4]}), "en")
    assert (case.band, case.stage, case.decision) == ((1, 4), None, None)
