"""A CORDIS on loopback: the bulk ZIPs with their quirks, and the extraction service with its rules. All is invented."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.servers.http import Handler, Site, serving

KEY = "cordis-key-0123456789-secret"
SHELL = b"<!doctype html><html><head><title>CORDIS</title></head><body><div id='app'></div></body></html>"
PROJECT = (
    *("id", "acronym", "status", "title", "startDate", "endDate", "totalCost", "ecMaxContribution", "legalBasis", "topics"),
    *("ecSignatureDate", "frameworkProgramme", "masterCall", "subCall", "fundingScheme", "nature", "objective"),
    *("contentUpdateDate", "rcn", "grantDoi"),
)
ORGANISATION = (
    *("projectID", "projectAcronym", "organisationID", "vatNumber", "name", "shortName", "SME", "activityType", "street"),
    *("postCode", "city", "country", "nutsCode", "geolocation", "organizationURL", "contactForm", "order", "role"),
    *("ecContribution", "netEcContribution", "totalCost", "endOfParticipation", "active"),
)

Row = Mapping[str, str]


def a_project(number: int = 999001, **changes: str) -> dict[str, str]:
    """A record of ``project.csv``; names of columns as keywords."""
    return {
        "id": str(number),
        "acronym": f"EXQ{number}",
        "status": "SIGNED",
        "title": "Illustrative quantum link",
        "startDate": "2026-10-01",
        "endDate": "2029-09-30",
        "totalCost": "3000000,50",
        "ecMaxContribution": "2500000",
        "topics": "HORIZON-CL4-2026-EX-01",
        "ecSignatureDate": "2026-06-11",
        "frameworkProgramme": "HORIZON",
        "fundingScheme": "HORIZON-RIA",
        "objective": "An invented link; it carries photons.\nIt has a second line.",
        "contentUpdateDate": "2026-07-01 10:00:00",
        "rcn": "270001",
        "grantDoi": f"10.3030/{number}",
    } | changes


def an_organisation(number: int = 999001, **changes: str) -> dict[str, str]:
    """A record of ``organization.csv``."""
    return {
        "projectID": str(number),
        "organisationID": "999888777",
        "vatNumber": "FR32123456782",
        "name": "INSTITUT EXEMPLE",
        "country": "FR",
        "nutsCode": "FRH03",
        "order": "1",
        "role": "coordinator",
        "ecContribution": "1500000",
        "contactForm": "https://example.eu/contact?person=nobody",
        "endOfParticipation": "false",
    } | changes


def line(row: Row, columns: Sequence[str]) -> str:
    """A record as CORDIS writes it: every cell quoted, quotes doubled."""
    return ";".join('"' + row.get(name, "").replace('"', '""') + '"' for name in columns)


def table(rows: Sequence[Row | str], columns: Sequence[str]) -> bytes:
    """A CSV with BOM; a ready-made line may stand for a row."""
    lines = [line({name: name for name in columns}, columns)]
    lines += [row if isinstance(row, str) else line(row, columns) for row in rows]
    return b"\xef\xbb\xbf" + ("\n".join(lines) + "\n").encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A deflated ZIP."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return held.getvalue()


def bulk(
    projects: Sequence[Row | str],
    organisations: Sequence[Row | str] = (),
    columns: Sequence[str] = PROJECT,
    organisation_columns: Sequence[str] = ORGANISATION,
) -> bytes:
    """A bulk ZIP with the tables we read and one we do not."""
    return zipped(
        {
            "project.csv": table(projects, columns),
            "organization.csv": table(organisations, organisation_columns),
            "topics.csv": b"\xef\xbb\xbfprojectID;topic\n",
        }
    )


def record_xml(project: Row, organisations: Sequence[Row]) -> bytes:
    """A project as the extraction service writes it."""
    own = "".join(
        f"<{name}>{escape(project.get(name, ''))}</{name}>"
        for name in ("rcn", "id", "acronym", "title", "objective", "startDate", "endDate", "ecSignatureDate", "totalCost")
    )
    own += "".join(f"<{name}>{escape(project.get(name, ''))}</{name}>" for name in ("ecMaxContribution", "contentUpdateDate"))
    members = "".join(
        f'<organization type="{one["role"]}" order="{one["order"]}" ecContribution="{one["ecContribution"]}" terminated="false">'
        f"<id>{one['organisationID']}</id><vatNumber>{one['vatNumber']}</vatNumber><legalName>{escape(one['name'])}</legalName>"
        f"<address><street>1 rue Exemple</street><country>{one['country']}</country></address>"
        f"<relations><regions><region><nutsCode>{one['nutsCode']}</nutsCode></region></regions></relations></organization>"
        for one in organisations
    )
    programme = f"<programme><frameworkProgramme>{project['frameworkProgramme']}</frameworkProgramme></programme>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><project xmlns="http://cordis.europa.eu"><language>en</language>{own}'
        f"<identifiers><grantDoi>{project['grantDoi']}</grantDoi></identifiers>"
        f"<relations><associations>{members}{programme}</associations></relations></project>"
    ).encode()


@dataclass
class Cordis:
    """``file`` is the bulk ZIP, ``extract`` the ZIP of the next extraction, ready after ``polls`` questions."""

    site: Site
    file: bytes = b""
    extract: bytes = b""
    polls: int = 2
    progress: str = "Running"
    uri: str = "/datalab/extract-77.zip"
    task: str | None = None
    refuse: str | None = None
    etag: str = '"v1"'
    calls: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.site.url("/data/cordis-HORIZONprojects-csv.zip")


@contextmanager
def running_cordis() -> Iterator[Cordis]:
    """A CORDIS of its own on a free port."""
    with serving() as site:
        cordis = Cordis(site)

        def answer(handler: Handler, body: bytes, status: int = 200, **headers: str) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        def file(handler: Handler) -> None:
            if handler.headers.get("If-None-Match") == cordis.etag:
                answer(handler, b"", 304, ETag=cordis.etag)
            else:
                answer(handler, cordis.file, ETag=cordis.etag)

        def call(handler: Handler) -> None:
            parts = urlsplit(handler.path)
            asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            name = parts.path.rpartition("/")[2]
            cordis.calls.append((handler.command, name))
            cordis.keys.append(asked.get("key"))
            status, said = _called(cordis, handler.command, name, asked)
            answer(handler, json.dumps(said).encode(), status)

        site.routes["/data/cordis-HORIZONprojects-csv.zip"] = file
        site.page("/data/cordis-fp7projects-csv.zip", SHELL, content_type="text/html")
        for name in ("getExtraction", "getExtractionStatus", "deleteExtraction"):
            site.routes[f"/api/dataextractions/{name}"] = call
        site.routes["/datalab/extract-77.zip"] = lambda handler: answer(handler, cordis.extract)
        yield cordis


def _called(cordis: Cordis, method: str, name: str, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    def wrong(why: str, status: int = 200) -> tuple[int, dict[str, Any]]:
        return status, {"status": False, "payload": {"error": why}}

    if asked.get("key") != KEY:
        return wrong(f"invalid key {asked.get('key')}")
    if cordis.refuse:
        return wrong(cordis.refuse)
    if name == "getExtraction":
        if cordis.task:
            return wrong("one extraction is already running")
        if not asked.get("query") or asked.get("outputFormat") not in ("xml", "csv", "json", "xlsx", "summary"):
            return wrong("query and outputFormat are required")
        cordis.task = "77"
        return 200, {"status": True, "payload": {"taskID": "77"}}
    if asked.get("taskId") != cordis.task:  # spelled taskID it is not seen
        return wrong("unknown task", 404)
    if name == "deleteExtraction":
        if method != "DELETE":
            return wrong("method", 405)
        cordis.task = None
        return 200, {"status": True, "payload": {"taskID": "77", "message": "deleted"}}
    cordis.polls -= 1
    if cordis.polls > 0:
        return 200, {"status": True, "payload": {"taskID": "77", "progress": cordis.progress, "destinationFileUri": None}}
    return 200, {"status": True, "payload": {"taskID": "77", "progress": "Finished", "destinationFileUri": cordis.uri}}
