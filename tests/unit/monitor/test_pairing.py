"""Names of pairs, and which subjects can meet at all."""

from __future__ import annotations

import datetime as dt

import pytest

from monitor.pairing import (
    DOMAINS,
    are_one_subject,
    domain_pair_id,
    is_trivial,
    labels,
    partner_of_theme,
    partner_theme,
    possible_pairs,
    theme_pair_id,
)
from storage.model import Origin
from tests.builders import a_theme


def test_a_technology_that_is_its_domains_own_meets_it_by_definition() -> None:
    assert is_trivial("energy", "energy")
    assert is_trivial("space-mobility", "aerospace")
    assert not is_trivial("digital-twins", "naval")


def test_ids_of_both_sorts_never_fall_together() -> None:
    assert domain_pair_id("ai", "energy") == "c-ai-energy"
    assert theme_pair_id("energy", "ai") == theme_pair_id("ai", "energy") == "c-ai.energy"
    assert theme_pair_id("a-b", "c") != theme_pair_id("a", "b-c")


def test_a_partner_is_a_domain_or_a_theme() -> None:
    assert partner_theme(partner_of_theme("quantum")) == "quantum"
    assert partner_theme("naval") is None
    assert partner_theme(None) is None


def test_possible_pairs_count_what_could_have_met() -> None:
    twins, energy = a_theme("twins", origin=Origin.WATCH), a_theme("energy", origin=Origin.WATCH)
    part = a_theme("naval-twins", origin=Origin.WATCH, parent_id="twins")
    assert possible_pairs([], DOMAINS) == 0
    assert possible_pairs([twins], ["naval", "energy"]) == 2
    assert possible_pairs([twins, energy], ["naval", "energy"]) == 2 + 1 + 1
    assert possible_pairs([twins, part], []) == 0
    others = [a_theme("found", origin=Origin.DISCOVERED), a_theme("old", origin=Origin.WATCH, retired_on=dt.date(2026, 1, 5))]
    assert possible_pairs([twins, *others], ["naval"]) == 1


@pytest.mark.parametrize(("shared", "one", "other", "same"), [(6, 10, 500, True), (5, 10, 500, False), (3, 3, 4, True)])
def test_themes_that_share_most_stories_are_one_subject(shared: int, one: int, other: int, same: bool) -> None:
    assert are_one_subject(shared, one, other) is same


def test_labels_name_both_sides_in_both_languages() -> None:
    ai = a_theme("ai", label_fr="IA", label_en="AI")
    energy = a_theme("energy", label_fr="énergie", label_en="energy")
    assert labels(ai, "health") == ("IA × biotech et santé", "AI × biotech and health")
    assert labels(ai, energy) == ("IA × énergie", "AI × energy")
