"""How long a visit to CORDIS takes and how much memory it needs: an invented bulk file of 20,000 projects, read page by page.

Usage: ``python scripts/bench/cordis.py [--projects 20000] [--items 5000]``. Prints one line of JSON. No network.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from crawler.collectors.base import Parsed, Payload, Task, Wanted
from crawler.collectors.cordis import CordisCollector
from storage.model import Kind, Source

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
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
WORDS = [
    f"{a}{b}" for a in ("photo", "quanta", "hydro", "bio", "nano", "thermo") for b in ("nics", "tion", "logy", "grid", "form")
]


def bulk(projects: int, partners: int, chance: random.Random) -> bytes:
    """A ZIP like CORDIS's: about 3,500 bytes a project and six organisations each, one record in 25 with a stray quote."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("project.csv", "w") as out:
            out.write(b"\xef\xbb\xbf" + _line(PROJECT))
            for number in range(projects):
                day = dt.date(2025, 10, 1) + dt.timedelta(days=chance.randrange(360))
                row = dict.fromkeys(PROJECT, "x") | {
                    "id": str(101_000_000 + number),
                    "title": " ".join(chance.choices(WORDS, k=9)),
                    "ecSignatureDate": day.isoformat(),
                    "objective": " ".join(chance.choices(WORDS, k=330)) + (' a "stray; quote' if number % 25 == 0 else ""),
                    "contentUpdateDate": f"{day} 10:{number % 60:02}:{number // 60 % 60:02}",
                    "ecMaxContribution": "2500000,50",
                    "grantDoi": f"10.3030/{101_000_000 + number}",
                }
                out.write(_line([row[name] for name in PROJECT], stray=number % 25 == 0))
        with archive.open("organization.csv", "w") as out:
            out.write(b"\xef\xbb\xbf" + _line(ORGANISATION))
            for number in range(projects):
                for order in range(partners):
                    row = dict.fromkeys(ORGANISATION, "invented filling") | {
                        "projectID": str(101_000_000 + number),
                        "name": f"INSTITUT {chance.choice(WORDS)} {chance.randrange(9_999)}",
                        "organisationID": str(chance.randrange(10**9)),
                        "country": "FR",
                        "nutsCode": "FRH03",
                        "order": str(order + 1),
                        "role": "participant" if order else "coordinator",
                        "endOfParticipation": "false",
                    }
                    out.write(_line([row[name] for name in ORGANISATION]))
    return held.getvalue()


def _line(cells: Iterable[str], *, stray: bool = False) -> bytes:
    return (";".join('"' + (cell if stray else cell.replace('"', '""')) + '"' for cell in cells) + "\n").encode()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--projects", type=int, default=20_000)
    asked.add_argument("--items", type=int, default=5_000)
    asked.add_argument("--build", type=Path)
    given = asked.parse_args()
    if given.build:
        given.build.write_bytes(bulk(given.projects, 6, random.Random(7)))  # noqa: S311  invented words
        return
    with tempfile.TemporaryDirectory() as folder:  # made by another process, so that its making counts for no memory here
        path = Path(folder) / "bulk.zip"
        subprocess.run([sys.executable, __file__, "--projects", str(given.projects), "--build", str(path)], check=True)
        body = path.read_bytes()
    before = _peak_mb()
    visits = list(_visits(body, given.items))
    found = {"projects": given.projects, "zip_mb": round(len(body) / 1e6, 1), "items_a_visit": given.items}
    print(json.dumps(found | {"peak_mb_over_the_file": round(_peak_mb() - before, 1), "visits": visits}))


def _visits(body: bytes, items: int) -> Iterator[dict[str, float]]:
    """Visits until there is nothing new."""
    source = Source(id="cordis", name="CORDIS", kind=Kind.FUNDING, url="https://cordis.example/project.zip", collector="cordis")
    while True:
        steps, entries, rejected = [], 0, 0
        reading = CordisCollector().read(Task(source=source, now=NOW, max_items=items))
        next(reading)
        began = time.perf_counter()
        step: Parsed | Wanted | None = reading.send(Payload("https://cordis.example/project.zip", 200, {}, body))
        while isinstance(step, Parsed):
            steps.append(time.perf_counter() - began)
            entries, rejected = entries + len(step.entries), rejected + step.rejected
            source = replace(source, cursor=step.cursor)
            began = time.perf_counter()
            step = next(reading, None)
        yield {"entries": entries, "rejected": rejected, "longest_step_s": round(max(steps), 2), "s": round(sum(steps), 2)}
        if not entries:
            return


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
