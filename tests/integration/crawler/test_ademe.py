"""ADEME's projects over a portal whose next pages loop, lead elsewhere or never end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from crawler.collectors.ademe import AdemeCollector
from crawler.collectors.base import Task
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.servers.ademe import DataFair, a_line
from tests.servers.drive import Driven, drive
from tests.servers.http import Site

NOW = dt.datetime(2026, 9, 20, 12, tzinfo=dt.UTC)


def visit(portal: DataFair, cursor: str | None = None, **options: Any) -> Driven:
    source = Source(id="s", name="S", kind=Kind.FUNDING, url=portal.serve(), collector="ademe", options=options, cursor=cursor)
    return drive(AdemeCollector(), Task(source=source, now=NOW))


def test_a_project_is_read_with_its_sum_and_its_coordinator(site: Site) -> None:
    (entry,) = visit(DataFair(site, [a_line()])).entries
    assert (entry.title, entry.text) == ("EXEMPLE 9999X0001", "Démonstrateur de stockage d'énergie.")
    assert (entry.published_on, entry.date_precision) == (dt.date(2026, 6, 30), "day")
    assert entry.keys == ("project:ademe:9999X0001",)
    assert [(a.role, a.number, a.currency, a.raw) for a in entry.stated.amounts] == [("awarded", 750_000, "EUR", "750000")]
    assert [(p.name, p.role) for p in entry.stated.parties] == [("Société Exemple", "beneficiary"), ("ADEME", "funder")]
    assert entry.stated.programme == "ADEME – France 2030"


def test_next_pages_are_followed_and_an_unchanged_data_set_is_not_read_again(site: Site) -> None:
    portal = DataFair(site, [a_line(f"X{n:04}") for n in range(25)])
    first = visit(portal, size=10)
    assert len(first.entries) == 25
    assert [page.cursor for page in first.pages] == [None, None, portal.updated]
    again = visit(portal, cursor=first.cursor)
    assert (len(again.requests), again.entries) == (1, [])
    portal.updated = "2026-10-01"
    assert len(visit(portal, cursor=first.cursor).entries) == 25


def test_a_portal_that_does_not_say_when_it_changed_is_read_each_time(site: Site) -> None:
    portal = DataFair(site, [a_line()], updated=None)
    first = visit(portal)
    assert (first.cursor, len(visit(portal, cursor=first.cursor).entries)) == (None, 1)


def test_a_next_page_after_the_last_one_ends_quietly(site: Site) -> None:
    portal = DataFair(site, [a_line(f"X{n}") for n in range(3)], following=lambda here, got: here)
    driven = visit(portal)
    assert (len(driven.entries), driven.reason, len(driven.requests)) == (3, None, 3)


@pytest.mark.parametrize(
    ("following", "code"),
    [
        (lambda here, got: here.split("&after")[0] + "&after=0", "repeats"),
        (lambda here, got: "http://elsewhere.example/lines?after=1", "next_elsewhere"),
        (lambda here, got: "file:///etc/passwd", "next_elsewhere"),
        (lambda here, got: "//127.0.0.1:1/lines", "next_elsewhere"),
        (lambda here, got: {"href": here}, "shape"),
        (lambda here, got: "http://[", "shape"),
        (lambda here, got: None, "incomplete"),
    ],
)
def test_a_next_page_that_leads_astray_is_refused(site: Site, following: Any, code: str) -> None:
    portal = DataFair(site, [a_line(f"X{n:04}") for n in range(25)], following=following)
    driven = visit(portal, size=10)
    assert driven.reason is not None
    assert driven.reason.code == code
    assert driven.cursor is None
    assert len(driven.requests) <= 3


def test_a_page_that_repeats_under_ever_new_addresses_is_noticed(site: Site) -> None:
    lines = [a_line(f"X{n:04}") for n in range(10)]
    portal = DataFair(site, [a_line(f"X{n:04}") for n in range(300)], spoil=lambda answer: answer | {"results": lines})
    driven = visit(portal, size=10)
    assert driven.reason is not None
    assert (driven.reason.code, len(driven.entries)) == ("repeats", 10)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda a: {"error": "no"}, "shape"),
        (lambda a: a | {"total": None}, "shape"),
        (lambda a: a | {"total": 1}, "count_lies"),
        (lambda a: a | {"results": None}, "shape"),
        (lambda a: [a], "shape"),
        (lambda a: b"<html>", "html"),
        (lambda a: b'{"total": 1, "total": 2, "results": []}', "bad_json"),
        (lambda a: a | {"results": [{"dossier_code": None}] * 12, "total": 12}, "all_rejected"),
    ],
)
def test_an_answer_that_lies_is_no_success(site: Site, answer: Any, code: str) -> None:
    driven = visit(DataFair(site, [a_line("X1"), a_line("X2")], spoil=answer))
    assert driven.reason is not None
    assert (driven.reason.code, driven.cursor) == (code, None)


def test_odd_fields_cost_only_themselves(site: Site) -> None:
    lines = [
        a_line("X1", montant_dpm="1.234.567,89"),
        a_line("X2", montant_dpm="-5 000"),
        a_line("X3", montant_dpm="non communiqué", tiers_coordinateur=None),
        a_line("X4", montant_dpm=0, date_contractualisation="bientôt"),
        a_line("X5", nom_du_projet=None, dossier_objet=None, tiers_coordinateur=None),
        a_line("", nom_du_projet="sans code"),
    ]
    driven = visit(DataFair(site, lines))
    found = {str(entry.guid): entry for entry in driven.entries}
    assert {key: [a.number for a in entry.stated.amounts] for key, entry in found.items()} == {
        "ademe:X1": [1_234_567.89],
        "ademe:X2": [-5_000],
        "ademe:X3": [],
        "ademe:X4": [],
    }
    assert found["ademe:X4"].published_on is None
    assert driven.pages[0].rejected == 2


def test_a_missing_column_and_a_wrong_option_are_named(site: Site) -> None:
    driven = visit(DataFair(site, [a_line()], columns=["nom_du_projet", "montant_dpm"]))
    assert driven.reason is not None
    assert driven.reason.code == "no_column"
    assert "dossier_code" in driven.reason.fr
    with pytest.raises(ConfigError, match="size"):
        visit(DataFair(site, []), size=0)
