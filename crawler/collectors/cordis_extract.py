"""The CORDIS data extraction service: asks for an extract, waits for it within bounds, reads its ZIP of XML records.

The service answers ``taskID`` and is asked with ``taskId``; it keeps five extracts a key, so ours is deleted once it is read.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree

from crawler.collectors.archive import LONGEST_DOWNLOAD_S, Archive
from crawler.collectors.base import Parsed, Payload, Task, Wanted
from crawler.collectors.cordis_record import ORGANISATION_COLUMNS, PROJECT_COLUMNS, Row
from crawler.collectors.cordis_table import Table
from crawler.collectors.patents.trees import found, text, tree
from crawler.collectors.services import json_object, told
from crawler.reasons import Unreadable

MAX_EXTRACT = 150_000_000
MAX_RECORD = 4_000_000
POLLS = 10
POLL_S = 30.0
_FAILED = {"failed", "error", "cancelled", "canceled", "aborted", "deleted"}

Steps = Generator[Wanted | Parsed, Payload, str]


class Extraction:
    """One key's extracts. Raises Unreadable for every answer that is not the documented one."""

    def __init__(self, task: Task, address: str) -> None:
        self.source = task.source
        self.base = urljoin(address, "/api/dataextractions/")
        key = task.credentials.reveal("cordis_key")
        if key is None:
            raise Unreadable("needs_key", task.source.id, "cordis_key")
        self.key = {"key": key}

    def start(self, query: str, *, archived: bool) -> Steps:
        """Asks for an extract and returns its number."""
        asked = {"query": query, "outputFormat": "xml", "archived": str(archived).lower()}
        payload = yield self._wanted("getExtraction", asked)
        told_of = self._payload(payload)
        number = told_of.get("taskID", told_of.get("taskId"))
        if not isinstance(number, int | str) or not str(number).strip() or isinstance(number, bool):
            raise Unreadable("shape", self.source.id, "taskID")
        return str(number).strip()[:80]

    def fetch(self, number: str) -> Generator[Wanted, Payload, Payload | None]:
        """The extract once it is ready; None where it is not ready yet. Raises Unreadable for one that failed or is unknown."""
        for poll in range(POLLS):
            answer = yield self._wanted("getExtractionStatus", {"taskId": number}, POLL_S if poll else 2.0, frozenset((400, 404)))
            status = self._payload(answer)
            progress = status.get("progress")
            uri = status.get("destinationFileUri")
            if isinstance(progress, str) and progress.casefold() == "finished" and isinstance(uri, str) and uri:
                return (yield from self._download(uri))
            if isinstance(progress, str) and progress.casefold() in _FAILED:
                raise Unreadable("service_error", self.source.id, f"extraction {told(progress, 40)}")
        return None

    def forget(self, number: str) -> Generator[Wanted, Payload, None]:
        """Deletes an extract that was read; it does not matter if that fails."""
        url = urljoin(self.base, "deleteExtraction") + f"?{urlencode({'taskId': number})}"
        yield Wanted(url, method="DELETE", secret_query=self.key, optional=True)

    def _wanted(self, call: str, asked: dict[str, str], wait_s: float = 0.0, reads: frozenset[int] = frozenset()) -> Wanted:
        url = f"{urljoin(self.base, call)}?{urlencode(asked)}"
        return Wanted(url, {"Accept": "application/json"}, wait_s=wait_s, reads=reads, secret_query=self.key)

    def _payload(self, payload: Payload) -> dict[str, object]:
        if payload.status >= 400:
            raise Unreadable("service_error", self.source.id, f"HTTP {payload.status}")
        answer = json_object(payload, self.source)
        held = answer.get("payload")
        error = held.get("error") if isinstance(held, dict) else None
        if answer.get("status") is not True or error:
            said = told(error) or told(answer.get("message")) or "status is not true"
            raise Unreadable("service_error", self.source.id, said.replace(self.key["key"].get_secret_value(), "***"))
        if not isinstance(held, dict):
            raise Unreadable("shape", self.source.id, "payload")
        return held

    def _download(self, uri: str) -> Generator[Wanted, Payload, Payload]:
        url = urljoin(self.base, uri if uri.startswith(("http:", "https:", "/")) else f"/{uri}")
        secret = self.key["key"].get_secret_value()
        if secret in unquote(url):  # it goes along when the request leaves, and stands in no address
            parts = urlsplit(url)
            rest = [(name, value) for name, value in parse_qsl(parts.query) if secret not in value]
            url = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(rest), ""))
        ours, theirs = urlsplit(self.base), urlsplit(url)
        if secret in unquote(url):
            raise Unreadable("service_error", self.source.id, "the key in the address of a file")
        same = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
        if not same and not (theirs.scheme == "https" and (theirs.hostname or "").endswith(".europa.eu")):
            raise Unreadable("service_error", self.source.id, f"a file at {theirs.hostname or theirs.scheme}")
        payload = yield Wanted(url, max_bytes=MAX_EXTRACT, timeout_s=LONGEST_DOWNLOAD_S, optional=same)
        if payload.failure is not None:
            payload = yield Wanted(url, max_bytes=MAX_EXTRACT, timeout_s=LONGEST_DOWNLOAD_S, secret_query=self.key)
        return payload


@dataclass(slots=True)
class ExtractedProjects:
    """The projects of an extract as they are read; ``lost`` counts the records that could not be."""

    archive: Archive
    lost: int = 0

    def __iter__(self) -> Iterator[tuple[Row, list[Row]]]:
        for archive in [self.archive, *self._inner()]:
            if (name := archive.one("project.csv")) is not None:
                yield from self._table(archive, name)
            for record in archive.names(".xml"):
                read = _project(archive.read(record, MAX_RECORD))
                if read is None:
                    self.lost += 1
                else:
                    yield read

    def _inner(self) -> Iterator[Archive]:
        """The service puts a ZIP into the ZIP; no deeper."""
        for name in self.archive.names(".zip"):
            yield Archive(self.archive.read(name, MAX_EXTRACT), self.archive.source_id)

    def _table(self, archive: Archive, name: str) -> Iterator[tuple[Row, list[Row]]]:
        members: dict[str, list[Row]] = {}
        if (others := archive.one("organization.csv")) is not None:
            with archive.open(others) as stream:
                table = Table(stream, ORGANISATION_COLUMNS)
                for row in table.rows("projectID"):
                    members.setdefault(row["projectID"], []).append(row)
            self.lost += table.lost
        with archive.open(name) as stream:
            table = Table(stream, PROJECT_COLUMNS)
            yield from ((row, members.get(row["id"], [])) for row in table.rows("id"))
        self.lost += table.lost


projects_of = ExtractedProjects


def _project(body: bytes) -> tuple[Row, list[Row]] | None:
    """A project record; None for another sort of record or one that is no safe XML."""
    try:
        root = tree(body, "cordis")
    except Unreadable:
        return None
    if root.tag != "project":
        return None
    project = {name: told for name, told in _texts(root) if name in PROJECT_COLUMNS}
    project["grantDoi"] = found(root, "identifiers/grantDoi")
    project.setdefault("frameworkProgramme", found(root, "relations/associations/programme/frameworkProgramme"))
    members = root.iterfind("relations/associations/organization")
    return project, [_organisation(member, project.get("id", "")) for member in members]


def _organisation(member: etree._Element, number: str) -> Row:
    return {
        "projectID": number,
        "organisationID": found(member, "id"),
        "vatNumber": found(member, "vatNumber"),
        "name": found(member, "legalName"),
        "country": found(member, "address/country"),
        "nutsCode": found(member, "relations/regions/region/nutsCode"),
        "order": member.get("order", ""),
        "role": member.get("type", ""),
        "endOfParticipation": member.get("terminated", ""),
    }


def _texts(element: etree._Element) -> Iterator[tuple[str, str]]:
    for child in element.iterchildren(etree.Element):
        if len(child) == 0:
            yield str(child.tag), text(child)
