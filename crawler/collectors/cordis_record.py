"""Makes an entry of a CORDIS project: its text, grant, parties, territories and identifiers. Pure.

A project is a mapping with the column names of ``project.csv``, its organisations have those of ``organization.csv``; the
extraction service's XML is brought to the same names. Persons, streets and contact forms are never read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.collectors import stating
from crawler.collectors.base import Entry
from crawler.collectors.countries import NUTS, iso2
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, plain_text
from crawler.works import doi_key
from storage.stated import Party, Place, Stated, StatedAmount

PROJECT_COLUMNS = frozenset(
    (
        *("id", "acronym", "title", "objective", "startDate", "endDate", "ecSignatureDate", "contentUpdateDate", "totalCost"),
        *("ecMaxContribution", "topics", "frameworkProgramme", "fundingScheme", "rcn", "grantDoi"),
    )
)
ORGANISATION_COLUMNS = frozenset(
    ["projectID", "organisationID", "vatNumber", "name", "country", "nutsCode", "order", "role", "endOfParticipation"]
)
PROGRAMMES = {"HORIZON": "Horizon Europe", "H2020": "Horizon 2020", "FP7": "FP7"}
MAX_PARTIES = 80

_ID = re.compile(r"\d{3,12}")
_FRENCH_VAT = re.compile(r"FR[0-9A-Z]{2}(\d{9})")
_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Announced:
    """When a project was announced, to what precision, and by which field."""

    day: dt.date | None
    precision: str | None = None
    field: str = ""


def project_id(project: Row) -> str | None:
    """The grant number; None for what is none."""
    found = project.get("id") or project.get("rcn") or ""
    return found if _ID.fullmatch(found) else None


def announced(project: Row, today: dt.date) -> Announced:
    """The day the grant was signed; else its first day, where that is not ahead; else the day its record was last written."""
    signed = _day(project.get("ecSignatureDate"))
    if signed.day:
        return Announced(signed.day, signed.precision, "ecSignatureDate")
    starts = _day(project.get("startDate"))
    if starts.day and starts.day <= today:
        return Announced(starts.day, starts.precision, "startDate")
    written = _day(project.get("contentUpdateDate"))
    if written.day and written.day <= today:
        return Announced(written.day, None, "contentUpdateDate")
    return Announced(starts.day, starts.precision, "startDate" if starts.day else "")


def written(project: Row) -> str:
    """When the record was last written, as a text that sorts; the date of signature or of start where it does not say."""
    for field in ("contentUpdateDate", "ecSignatureDate", "startDate"):
        read = read_date(project.get(field))
        if read.instant:
            return read.instant.strftime("%Y-%m-%dT%H:%M:%S")
        if read.day:
            return read.day.isoformat()
    return ""


def entry_of(project: Row, organisations: Sequence[Row], today: dt.date) -> Entry | None:
    """The entry, or None for a record without number or title."""
    number, title = project_id(project), plain_text(project.get("title"), MAX_TITLE)
    if number is None or not title:
        return None
    acronym = plain_text(project.get("acronym"), 80)
    when = announced(project, today)
    doi = doi_key(project.get("grantDoi"))
    key = f"project:cordis:{number}"
    return Entry(
        title=plain_text(f"{acronym}: {title}", MAX_TITLE) if acronym and acronym.casefold() != title.casefold() else title,
        text=_text(project, when),
        guid=f"cordis:{number}",
        url=f"https://cordis.europa.eu/project/id/{number}",
        lang="en",
        published_on=when.day,
        date_precision=when.precision,
        keys=(key, doi) if doi else (key,),
        linked=(key,),
        stated=_stated(project, organisations, number, doi),
    )


def _text(project: Row, when: Announced) -> str:
    facts = [
        f"{label} {day.isoformat()}"
        for label, field in (("signed", "ecSignatureDate"), ("from", "startDate"), ("to", "endDate"))
        if (day := read_date(project.get(field)).day)
    ]
    if when.field == "contentUpdateDate" and when.day:
        facts.append(f"record of {when.day.isoformat()}")
    scheme = plain_text(project.get("fundingScheme"), 60)
    told = ", ".join([f"grant {scheme}".strip(), *facts])
    return f"{plain_text(project.get('objective'))} [{told}]".strip() if facts or scheme else plain_text(project.get("objective"))


def _stated(project: Row, organisations: Sequence[Row], number: str, doi: str | None) -> Stated:
    present = sorted((row for row in organisations if row.get("endOfParticipation", "").lower() != "true"), key=_order)
    parties = tuple(party for row in present[:MAX_PARTIES] if (party := _party(row)) is not None)
    places = {party.area or party.country: party for party in reversed(parties)}
    programme = plain_text(project.get("frameworkProgramme"), 80)
    ids = {
        "project": f"cordis:{number}",
        "doi": (doi or "").removeprefix("doi:"),
        "topic": plain_text(project.get("topics"), 120),
    }
    return Stated(
        parties=parties,
        amounts=_amounts(project),
        places=tuple(
            Place(scheme="nuts" if party.area else "iso", code=code, raw=party.name)
            for code, party in reversed(places.items())
            if code
        ),
        programme=PROGRAMMES.get(programme.upper(), programme) or None,
        ids={scheme: value for scheme, value in ids.items() if value},
    )


def _amounts(project: Row) -> tuple[StatedAmount, ...]:
    """The Union's contribution and the total cost: CORDIS gives both in euros, and 0 for what is not known."""
    awarded = stating.amount(project.get("ecMaxContribution"), "awarded", currency="EUR")
    cost = stating.amount(project.get("totalCost"), "cost", currency="EUR")
    return tuple(amount for amount in (awarded, cost) if amount is not None and amount.number > 0)


def _party(row: Row) -> Party | None:
    country = iso2(row.get("country"))
    area = (row.get("nutsCode") or "").strip().upper()
    vat = _FRENCH_VAT.fullmatch((row.get("vatNumber") or "").replace(" ", "").upper())
    party = stating.party(
        row.get("name"),
        "coordinator" if row.get("role", "").casefold() == "coordinator" else "partner",
        country=country,
        area=area if NUTS.fullmatch(area) else None,
        siren=vat[1] if vat and country == "FR" else None,
    )
    pic = row.get("organisationID") or ""
    if party is None or party.register_id or not (pic.isascii() and pic.isdigit()):
        return party
    return replace(party, register_id=f"pic:{pic}")


def _order(row: Row) -> tuple[bool, int]:
    order = row.get("order") or ""
    return row.get("role", "").casefold() != "coordinator", int(order) if order.isascii() and order.isdigit() else 10_000


def _day(raw: str | None) -> Announced:
    """A day, or the first one of a month or year where no more is said."""
    text = (raw or "").strip()
    if match := _MONTH.fullmatch(text):
        month = int(match[2] or 1)
        if not (1985 <= int(match[1]) <= 2200 and 1 <= month <= 12):
            return Announced(None)
        return Announced(dt.date(int(match[1]), month, 1), "month" if match[2] else "year")
    return Announced(read_date(text).day)
