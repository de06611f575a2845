"""BOAMP, ANR and the laureates over a portal with the API's limits and traps."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from crawler.collectors.base import Entry, Task, Watched
from crawler.collectors.opendatasoft import OpendatasoftCollector
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.servers.drive import Driven, drive
from tests.servers.http import Site
from tests.servers.opendatasoft import ANR_FIELDS, BOAMP_FIELDS, Portal, a_notice, a_project

NOW = dt.datetime(2026, 9, 20, 12, tzinfo=dt.UTC)
PORT = Watched("port", terms=("jumeau numérique", "Centre de données"))


def a_task(url: str, *watched: Watched, cursor: str | None = None, now: dt.datetime = NOW, **options: Any) -> Task:
    source = Source(id="s", name="S", kind=Kind.FUNDING, url=url, collector="opendatasoft", options=options, cursor=cursor)
    return Task(source=source, now=now, watched=watched)


def boamp(site: Site, rows: list[dict[str, Any]], **kw: Any) -> tuple[Portal, str]:
    portal = Portal(site, "boamp", rows, BOAMP_FIELDS, **kw)
    return portal, portal.serve()


def visit(url: str, *watched: Watched, limit: int = 400, pages: int | None = None, **kw: Any) -> Driven:
    return drive(OpendatasoftCollector(), a_task(url, *watched, **kw), limit=limit, pages=pages)


def guids(driven: Driven) -> list[str | None]:
    return [entry.guid for entry in driven.entries]


def one(driven: Driven) -> Entry:
    assert driven.reason is None
    assert driven.ended is None
    (entry,) = driven.entries
    return entry


def test_a_call_is_read_with_its_buyer_and_territory(site: Site) -> None:
    _, url = boamp(site, [a_notice(nomacheteur="R&eacute;gion Exemple")])
    entry = one(visit(url, PORT))
    assert entry.title == "Exemple 26-99001 : jumeau numérique du port"
    assert entry.text == "Avis de marché. Logiciel."
    assert (entry.published_on, entry.lang) == (dt.date(2026, 9, 12), "fr")
    assert entry.url == "https://www.boamp.fr/pages/avis/?q=idweb%3A26-99001"
    assert entry.keys == ("notice:boamp:26-99001",)
    assert [(p.name, p.role) for p in entry.stated.parties] == [("Région Exemple", "buyer")]
    assert [(p.scheme, p.code) for p in entry.stated.places] == [("insee_departement", "44")]
    assert entry.stated.amounts == ()


def test_only_notices_with_a_watched_term_are_asked_for(site: Site) -> None:
    rows = [a_notice("26-1000", objet="Un jumeau numérique"), a_notice("26-1001", objet="Fourniture de sel")]
    _, url = boamp(site, rows)
    assert guids(visit(url, PORT)) == ["boamp:26-1000"]
    assert guids(visit(url, PORT, everything=True)) == ["boamp:26-1000", "boamp:26-1001"]
    nothing = visit(url)
    assert nothing.requests == []
    assert [page.note and page.note.code for page in nothing.pages] == ["nothing_asked"]


def test_a_term_cannot_leave_its_quotes(site: Site) -> None:
    portal, url = boamp(site, [a_notice(objet='le "pôle" d\'excellence'), a_notice("26-2", objet="autre")])
    hostile = Watched("h", terms=('pôle") or idweb like "%', "d'excellence", "back\\slash", "nul\x00", "x" * 5_000))
    driven = visit(url, hostile)
    assert (driven.ended, driven.reason) == (None, None)
    assert guids(driven) == ["boamp:26-99001"]
    assert all('"pôle\\") or idweb like \\"%"' in where for where in portal.wheres)


def test_many_terms_are_asked_in_several_short_addresses_and_each_notice_comes_once(site: Site) -> None:
    rows = [a_notice("26-1000", "2026-09-19", objet="terme numero 1 et terme numero 149")]
    portal, url = boamp(site, rows)
    driven = visit(url, Watched("many", terms=tuple(f"terme numero {n}" for n in range(150))), days=6)
    assert guids(driven) == ["boamp:26-1000"]
    assert len(portal.wheres) > 2
    assert max(len(request.url) for request in driven.requests) < 2_500


def test_pages_are_followed_and_the_cursor_is_behind_the_last_week(site: Site) -> None:
    rows = [a_notice(f"26-{10_000 + n}", f"2026-09-{10 + n % 9:02}") for n in range(250)]
    portal, url = boamp(site, rows)
    first = visit(url, PORT)
    assert sorted(map(str, guids(first))) == sorted(f"boamp:{row['idweb']}" for row in rows)
    assert json.loads(first.cursor or "")["until"] == "2026-09-21"
    portal.wheres.clear()
    again = visit(url, PORT, cursor=first.cursor, now=NOW + dt.timedelta(days=1))
    assert {where.split(" and (")[0] for where in portal.wheres} == {
        "dateparution >= date'2026-09-18' and dateparution < date'2026-09-22'"
    }
    assert 0 < len(again.entries) < 50


def test_a_visit_broken_off_goes_on_behind_the_last_whole_week(site: Site) -> None:
    rows = [a_notice(f"26-{10_000 + n}", f"2026-{8 + n % 2:02}-{1 + n % 19:02}") for n in range(300)]
    portal, url = boamp(site, rows)
    got: set[str | None] = set()
    cursor, visits = None, 0
    while visits < 40 and (cursor is None or json.loads(cursor)["until"] < "2026-09-21"):
        part = visit(url, PORT, days=60, cursor=cursor, pages=4, overlap_days=0)
        got |= set(guids(part))
        cursor, visits = part.cursor or cursor, visits + 1
    assert got == {f"boamp:{row['idweb']}" for row in rows}
    assert 3 < visits < 40
    assert len(portal.wheres) < 60, "a week read is not read again"


def test_another_watch_list_looks_back_again(site: Site) -> None:
    _, url = boamp(site, [a_notice(day="2026-09-01")])
    first = visit(url, Watched("w", terms=("hydrogène",)))
    assert first.entries == []
    assert guids(visit(url, PORT, cursor=first.cursor)) == ["boamp:26-99001"]


def test_more_rows_than_the_api_gives_are_cut_by_date(site: Site) -> None:
    rows = [a_notice(f"26-{100_000 + n}", f"2026-09-{14 + n % 6:02}") for n in range(10_500)]
    portal, url = boamp(site, rows)
    driven = visit(url, PORT, days=6)
    assert (driven.ended, driven.reason) == (None, None)
    assert len(set(guids(driven))) == 10_500
    assert max(portal.offsets) < 10_000


def test_a_single_day_with_too_many_rows_is_said(site: Site) -> None:
    rows = [a_notice(f"26-{100_000 + n}", "2026-09-19") for n in range(10_001)]
    _, url = boamp(site, rows)
    driven = visit(url, PORT, days=3)
    assert len(driven.entries) == 10_000
    assert [page.note.code for page in driven.pages if page.note] == ["too_many_rows"]


def test_the_quota_ends_the_visit_before_the_service_does(site: Site) -> None:
    rows = [a_notice(f"26-{10_000 + n}", "2026-09-19") for n in range(350)]
    portal, url = boamp(site, rows, quota=2)
    driven = visit(url, PORT, days=3)
    assert driven.ended is None, "429 was never provoked"
    assert len(driven.entries) == 200
    last = driven.pages[-1]
    assert last.note is not None
    assert last.note.code == "quota"
    assert last.schedule is not None
    assert last.schedule.wait_s == 12 * 3600, "until the reset the portal announces"
    assert driven.cursor is None, "the week is not wholly read"
    assert portal.quota == 0
    assert visit(url, PORT, days=3).ended == 429


def an_offer(number: str, euros: str) -> dict[str, Any]:
    return {"cbc:ID": number, "cac:LegalMonetaryTotal": {"cbc:PayableAmount": {"@currencyID": "EUR", "#text": euros}}}


def an_award(**kw: Any) -> dict[str, Any]:
    donnees = {
        "EFORMS": {
            "ContractAwardNotice": {
                "cac:ProcurementProject": {
                    "cbc:Description": {"@languageID": "FRA", "#text": "Jumeau numérique du grand port, maintenance comprise."},
                    "cac:RequestedTenderTotal": {
                        "cbc:EstimatedOverallContractAmount": {"@currencyID": "EUR", "#text": "1500000"}
                    },
                },
                "efac:NoticeResult": {
                    "cbc:TotalAmount": {"@currencyID": "EUR", "#text": "1234567.89"},
                    "efac:LotTender": [
                        {
                            "cbc:ID": "TEN-1",
                            "cac:LegalMonetaryTotal": {"cbc:PayableAmount": {"@currencyID": "EUR", "#text": "800000"}},
                        },
                        {
                            "cbc:ID": "TEN-2",
                            "cac:LegalMonetaryTotal": {"cbc:PayableAmount": {"@currencyID": "EUR", "#text": "9e6"}},
                        },
                    ],
                    "efac:SettledContract": {"efac:LotTender": {"cbc:ID": "TEN-1"}},
                },
            }
        }
    }
    award = {
        "nature": "ATTRIBUTION",
        "nature_libelle": "Avis d'attribution",
        "nature_categorise": "attribution",
        "titulaire": ["Société Exemple"],
        "donnees": json.dumps(donnees),
    }
    return a_notice("26-99050", "2026-09-15", **(award | kw))


def test_an_award_names_its_winner_and_what_it_got(site: Site) -> None:
    _, url = boamp(site, [an_award()])
    entry = one(visit(url, PORT))
    assert [(p.name, p.role) for p in entry.stated.parties] == [("Collectivité Exemple", "buyer"), ("Société Exemple", "winner")]
    amounts = [(a.role, a.number, a.currency, a.raw, a.party) for a in entry.stated.amounts]
    assert amounts == [
        ("estimate", 1_500_000, "EUR", "1500000", None),
        ("awarded", 1_234_567.89, "EUR", "1234567.89", "Société Exemple"),
    ]
    assert "maintenance comprise" in entry.text


def test_without_a_total_the_sums_of_contracts_count_and_those_of_losers_do_not(site: Site) -> None:
    donnees = json.loads(an_award()["donnees"])
    del donnees["EFORMS"]["ContractAwardNotice"]["efac:NoticeResult"]["cbc:TotalAmount"]
    _, url = boamp(site, [an_award(donnees=json.dumps(donnees))])
    assert [a.number for a in one(visit(url, PORT)).stated.amounts if a.role == "awarded"] == [800_000]


@pytest.mark.parametrize(
    ("value", "number", "currency"),
    [
        ({"@DEVISE": "EUR", "#text": "1 234,56"}, 1234.56, "EUR"),
        ({"@DEVISE": "CHF", "#text": "1.234,56"}, 1234.56, "CHF"),
        ({"MONTANT": "250000", "DEVISE": "EUR"}, 250_000, "EUR"),
        ("250000", 250_000, None),
        ("250 000 euros HT", 250_000, "EUR"),
        (250000, 250_000, None),
    ],
)
def test_the_older_forms_are_read_and_no_currency_is_assumed(
    site: Site, value: object, number: float, currency: str | None
) -> None:
    old = {
        "IDENTITE": {"DENOMINATION": "Collectivité Exemple"},
        "ATTRIBUTION": {"DECISION": [{"RENSEIGNEMENT": {"MONTANT": value}}]},
    }
    old["ATTRIBUTION"]["CAUTIONNEMENT"] = {"MONTANT": "5000"}
    _, url = boamp(site, [an_award(donnees=json.dumps(old))])
    assert [(a.role, a.number, a.currency) for a in one(visit(url, PORT)).stated.amounts] == [("awarded", number, currency)]


@pytest.mark.parametrize("donnees", ['{"EFORMS": {', "", None, "[]", '"texte"', "[" * 100_000, 12, '{"MONTANT": NaN}'])
def test_broken_data_in_a_notice_costs_its_sums_only(site: Site, donnees: object) -> None:
    _, url = boamp(site, [an_award(donnees=donnees)])
    entry = one(visit(url, PORT))
    assert entry.stated.amounts == ()
    assert [p.name for p in entry.stated.parties] == ["Collectivité Exemple", "Société Exemple"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("annonce_lie", ["26-99001"]),
        ("annonce_lie", "26-99001"),
        ("annonces_anterieures", json.dumps({"REFERENCE": [{"ANNONCE": "26-99001", "DATE_PUBLICATION": "2026-10-15"}]})),
        ("annonces_anterieures", "Annonce no 26-99001 publiée le 2026-10-15 et 15-10-2026"),
    ],
)
def test_notices_of_one_procedure_share_a_key_and_dates_are_no_notices(site: Site, field: str, value: object) -> None:
    _, url = boamp(site, [an_award(**{field: value})])
    assert one(visit(url, PORT)).linked == ("notice:boamp:26-99050", "notice:boamp:26-99001")


def test_persons_are_no_winners(site: Site) -> None:
    _, url = boamp(site, [an_award(titulaire=["M. Jean Exemple", "contact@exemple.fr", "Non communiqué", "Société Exemple"])])
    assert [p.name for p in one(visit(url, PORT)).stated.parties if p.role == "winner"] == ["Société Exemple"]


def test_bad_rows_are_counted_and_cost_no_other(site: Site) -> None:
    bad: list[Any] = [a_notice("26-1", objet=None), a_notice("nonsense"), a_notice("26-1002", code_departement=["99", 7, None])]
    portal, url = boamp(site, [a_notice("26-1001"), *bad])
    portal.spoil = lambda answer, offset: (
        answer | {"total_count": answer["total_count"] + 1, "results": [*answer["results"], "x"]}
    )
    driven = visit(url, PORT, days=8, everything=True)
    found = {entry.guid: entry for entry in driven.entries}
    assert sorted(map(str, found)) == ["boamp:26-1001", "boamp:26-1002"]
    assert [p.code for p in found["boamp:26-1002"].stated.places] == ["07"]
    assert sum(page.rejected for page in driven.pages) >= 3


TRAPS: dict[str, Any] = {
    "service_error": lambda answer, offset: {"error_code": "ODSQLError", "message": "the clock is wrong"},
    "shape": lambda answer, offset: {"total_count": True, "results": answer["results"]},
    "bad_json": lambda answer, offset: b'{"total_count": NaN, "results": []}',
    "html": lambda answer, offset: b"<!doctype html><html><body>Maintenance</body></html>",
    "no_body": lambda answer, offset: b"",
    "count_lies": lambda answer, offset: answer | {"total_count": 3},
}


@pytest.mark.parametrize("code", sorted(TRAPS))
def test_an_answer_that_lies_is_no_success(site: Site, code: str) -> None:
    rows = [a_notice(f"26-{10_000 + n}", "2026-09-19") for n in range(150)]
    portal, url = boamp(site, rows)
    portal.spoil = TRAPS[code]
    driven = visit(url, PORT, days=3)
    assert driven.reason is not None
    assert driven.reason.code == code
    assert driven.cursor is None


def test_a_page_that_repeats_ends_the_visit(site: Site) -> None:
    rows = [a_notice(f"26-{10_000 + n}", "2026-09-19") for n in range(300)]
    portal, url = boamp(site, rows)
    portal.spoil = lambda answer, offset: answer | {"results": rows[:100]}
    driven = visit(url, PORT, days=3)
    assert driven.reason is not None
    assert driven.reason.code == "repeats"
    assert len(driven.requests) == 3


def test_rows_that_were_announced_and_do_not_come_are_a_failure(site: Site) -> None:
    rows = [a_notice(f"26-{10_000 + n}", "2026-09-19") for n in range(250)]
    portal, url = boamp(site, rows)
    portal.spoil = lambda answer, offset: answer if offset < 200 else answer | {"results": []}
    driven = visit(url, PORT, days=3)
    assert driven.reason is not None
    assert driven.reason.code == "count_lies"
    assert driven.cursor is None


def test_a_column_that_is_gone_is_named(site: Site) -> None:
    portal = Portal(site, "boamp", [a_notice()], [f for f in BOAMP_FIELDS if f["name"] != "objet"])
    driven = visit(portal.serve(), PORT)
    assert driven.reason is not None
    assert driven.reason.code == "no_column"
    assert "objet" in driven.reason.en


def test_options_are_checked_before_anything_is_asked(site: Site) -> None:
    _, url = boamp(site, [])
    with pytest.raises(ConfigError, match="readin"):
        visit(url, PORT, readin="boamp")
    with pytest.raises(ConfigError, match=r"options\.reading"):
        visit(site.url("/api/explore/v2.1/catalog/datasets/unknown/records"), PORT)
    with pytest.raises(ConfigError, match=r"options\.dataset"):
        visit(site.url("/"), PORT, reading="anr")


def test_a_quota_used_up_at_the_end_of_a_slice_keeps_the_slice(site: Site) -> None:
    rows = [a_notice("26-10001", "2026-09-08"), a_notice("26-10002", "2026-09-19")]
    portal, url = boamp(site, rows, quota=1)
    first = visit(url, PORT, days=13, overlap_days=0)
    assert (first.ended, guids(first)) == (None, ["boamp:26-10001"]), "429 was never provoked"
    assert [page.note.code for page in first.pages if page.note] == ["quota"]
    portal.quota = 10
    assert guids(visit(url, PORT, cursor=first.cursor, days=13, overlap_days=0)) == ["boamp:26-10002"]


def anr(site: Site, rows: list[dict[str, Any]], **kw: Any) -> tuple[Portal, str]:
    portal = Portal(site, "aapg-projets", rows, ANR_FIELDS, **kw)
    return portal, portal.serve()


def test_an_anr_project_is_one_entry_of_all_its_partners(site: Site) -> None:
    partner = a_project(nom_tutelle_hebergeante="Société Exemple", aide_allouee_partenaire="250 500,00")
    _, url = anr(site, [a_project(), partner])
    entry = one(visit(url))
    assert entry.title == "QEX – Liens quantiques ANR-26-CE31-9901"
    assert (entry.published_on, entry.date_precision) == (dt.date(2026, 1, 1), "year")
    assert entry.keys == ("project:anr:ANR-26-CE31-9901",)
    assert entry.url == "https://anr.fr/Projet-ANR-26-CE31-9901"
    assert [(a.number, a.currency, a.party) for a in entry.stated.amounts] == [
        (450_500, "EUR", None),
        (200_000, "EUR", "Université Exemple"),
        (250_500, "EUR", "Société Exemple"),
    ]
    assert [(p.name, p.role) for p in entry.stated.parties] == [
        ("Université Exemple", "beneficiary"),
        ("Société Exemple", "beneficiary"),
        ("Agence nationale de la recherche", "funder"),
    ]
    assert [(p.scheme, p.code, p.raw) for p in entry.stated.places] == [("insee_region", "53", "Bretagne")]
    assert entry.stated.programme == "ANR"
    assert "Nomdepersonne" not in str(entry)


def test_a_project_over_two_pages_is_not_cut(site: Site) -> None:
    rows = [a_project(f"ANR-26-CE31-{1000 + n // 3}", nom_tutelle_hebergeante=f"Établissement {n}") for n in range(240)]
    _, url = anr(site, rows)
    driven = visit(url)
    assert len(driven.entries) == 80
    assert {len(entry.stated.parties) for entry in driven.entries} == {4}


def test_an_unchanged_data_set_of_years_costs_one_request(site: Site) -> None:
    portal, url = anr(site, [a_project(), a_project("ANR-25-CE31-1", "2025"), a_project("ANR-19-CE31-1", "2019")])
    first = visit(url)
    assert guids(first) == ["anr:ANR-25-CE31-1", "anr:ANR-26-CE31-9901"]
    assert portal.wheres == ['edition in ("2025")', 'edition in ("2026")', 'edition in ("2027")'][: len(portal.wheres)]
    again = visit(url, cursor=first.cursor)
    assert len(again.requests) == 1
    portal.processed = "2026-10-01T00:00:00+00:00"
    assert len(visit(url, cursor=first.cursor).entries) == 2


@pytest.mark.parametrize(("kind", "value"), [("int", 2026), ("date", "2026"), ("text", "2026")])
def test_years_are_asked_for_as_their_column_wants_it(site: Site, kind: str, value: object) -> None:
    portal, url = anr(site, [a_project(edition=value)])
    portal.fields = [f | {"type": kind} if f["name"] == "edition" else f for f in ANR_FIELDS]
    assert one(visit(url)).published_on == dt.date(2026, 1, 1)


LAUREATES = [
    {"name": "annee_de_concours", "type": "int", "label": "Année de concours"},
    {"name": "projet", "type": "text", "label": "Projet"},
    {"name": "nom_du_laureat", "type": "text", "label": "Nom du lauréat"},
    {"name": "libelle_entreprise", "type": "text", "label": "Entreprise"},
    {"name": "ndeg_siren", "type": "text", "label": "N° SIREN"},
    {"name": "region", "type": "text", "label": "Région"},
    {"name": "resume", "type": "text", "label": "Résumé"},
    {"name": "montant_de_la_subvention_accordee_en", "type": "double", "label": "Montant de la subvention accordée (en €)"},
    {"name": "montant_total_du_projet_laureat_en", "type": "double", "label": "Montant total du projet lauréat (en €)"},
]


def test_laureates_get_an_identity_from_year_competition_and_name(site: Site) -> None:
    row = {
        "annee_de_concours": 2026,
        "projet": "Photon Éco",
        "nom_du_laureat": "NOMDEPERSONNE",
        "libelle_entreprise": "Photon Exemple",
    }
    row |= {
        "ndeg_siren": "552 100 554",
        "region": "Nord-Pas-de-Calais",
        "resume": "Une puce.",
        "montant_total_du_projet_laureat_en": 2e6,
    }
    row |= {"montant_de_la_subvention_accordee_en": 900_000}
    nameless = {"annee_de_concours": 2026, "nom_du_laureat": "NOMDEPERSONNE"}
    portal = Portal(site, "fr-esr-laureats-concours-i-nov", [row, nameless], LAUREATES)
    driven = visit(portal.serve())
    entry = one(driven)
    assert entry.keys == ("project:concours-i-nov:2026:photon-eco",)
    assert entry.stated.programme == "Concours i-Nov"
    assert [(p.name, p.role, p.register_id) for p in entry.stated.parties] == [
        ("Photon Exemple", "beneficiary", "siren:552100554"),
        ("Bpifrance", "funder", None),
    ]
    assert [(a.role, a.number) for a in entry.stated.amounts] == [("awarded", 900_000), ("cost", 2e6)]
    assert [(p.code, p.raw) for p in entry.stated.places] == [("32", "Nord-Pas-de-Calais")]
    assert sum(page.rejected for page in driven.pages) == 1
    assert "NOMDEPERSONNE" not in str(driven.entries)


def test_patents_name_their_applicants(site: Site) -> None:
    fields = ["numero_publication", "titre", "date_publication", "deposant", "fe_id", "cib"]
    row = {"numero_publication": "FR 3 999 001", "titre": "Procédé de lecture", "date_publication": "2026-09-11"}
    row |= {"deposant": "Exemple Quantique", "fe_id": "90000001", "cib": "G06N 10/40"}
    described = [{"name": name, "type": "date" if name.startswith("date") else "text", "label": name} for name in fields]
    portal = Portal(site, "fr-esr-brevets-france-inpi-oeb", [row], described)
    entry = one(visit(portal.serve()))
    assert entry.keys == ("publication:FR3999001",)
    assert entry.linked == ("family:90000001",)
    assert entry.codes == ("G06N 10/40",)
    assert [(p.name, p.role) for p in entry.stated.parties] == [("Exemple Quantique", "applicant")]


def test_a_data_set_that_does_not_say_when_it_changed_is_read_each_time(site: Site) -> None:
    rows = [a_project(f"ANR-{year - 2000}-CE31-1", str(year)) for year in (2025, 2026)]
    _, url = anr(site, rows, processed=None)
    cut = visit(url, pages=2)
    assert guids(cut) == ["anr:ANR-25-CE31-1"]
    whole = visit(url, cursor=cut.cursor)
    assert guids(whole) == ["anr:ANR-26-CE31-1"], "what was read before the visit was cut off is not read again"
    assert guids(visit(url, cursor=whole.cursor)) == ["anr:ANR-25-CE31-1", "anr:ANR-26-CE31-1"]


def test_a_year_with_more_rows_than_the_api_gives_is_cut_by_its_dates(site: Site) -> None:
    fields = {"numero_publication": "text", "titre": "text", "date_publication": "date"}
    described = [{"name": name, "type": kind, "label": name} for name, kind in fields.items()]
    day = dt.date(2025, 1, 1)
    rows = [
        {
            "numero_publication": f"FR{3_000_000 + n}",
            "titre": f"Procédé {n}",
            "date_publication": f"{day + dt.timedelta(days=n % 365)}",
        }
        for n in range(10_300)
    ]
    portal = Portal(site, "fr-esr-brevets-france-inpi-oeb", rows, described)
    driven = visit(portal.serve())
    assert (driven.ended, driven.reason, [page.note for page in driven.pages if page.note]) == (None, None, [])
    assert len(set(guids(driven))) == 10_300


def test_a_cursor_that_is_not_ours_is_as_none(site: Site) -> None:
    _, url = boamp(site, [a_notice()])
    task = a_task(url, PORT)
    for cursor in ("", "{}", '{"version": 1, "until": "hier"}', "null", "[1]"):
        driven = drive(OpendatasoftCollector(), replace(task, source=replace(task.source, cursor=cursor)))
        assert guids(driven) == ["boamp:26-99001"]
