"""Every file of ``feeds_dev.tar.gz`` through our reader and through feedparser, against what the files say of themselves.

    .venv/bin/python scripts/bench/feeds.py [--list] [--json] [CORPUS]

Both readers get the same bytes, the headers the comment gives, and the address the suite serves the file at. An expectation is
checkable where one of our fields can hold it: see ``_ours``. The files are third parties' and are read where they are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import tarfile
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
from feeds_expected import Check, checks_in, checks_of_gofeed, comment_of, headers_in

from crawler.collectors.base import Entry, Parsed, Payload
from crawler.collectors.feed import parse
from crawler.identity import identify
from crawler.normalize import MAX_TITLE, canonical_url, plain_text
from crawler.reasons import Unreadable
from storage.model import Kind, Source

HOST = "http://127.0.0.1:8097/"
SOURCE = Source(id="bench", name="Bench", kind=Kind.NEWS)
SORTS = ("count", "date", "link", "id", "text")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--list", action="store_true", help="name each check that one reader fails")
    options.add_argument("--json", action="store_true", help="figures only, as JSON")
    options.add_argument("corpus", nargs="?", type=Path, default=_corpora() / "feeds_dev.tar.gz")
    asked = options.parse_args()
    figures = measure(asked.corpus, show=asked.list)
    print(json.dumps(figures, indent=None if asked.json else 1))


def measure(corpus: Path, *, show: bool = False) -> dict[str, Any]:
    """Figures by suite and sort of expectation: ``[checks, met by feedparser, met by ours]``."""
    files = dict(_files(corpus))
    ended: Counter[str] = Counter()
    tables: dict[str, dict[str, list[int]]] = {}
    for name, body in files.items():
        text = comment_of(body)
        suite = "feedparser" if "feedparser" in name else "gofeed JSON" if name.endswith(".json") else "gofeed XML"
        payload = Payload(_address(name), 200, headers_in(text) or {"content-type": _content_type(name)}, body)
        parsed = _read(payload, ended)
        checks = checks_in(text) if suite == "feedparser" else checks_of_gofeed(_expected(name, files))
        if not checks:
            continue
        theirs = _feedparser(payload, name)
        for check in checks:
            if not _checkable(check, theirs):
                continue
            met = _theirs_meets(check, theirs), parsed is not None and _ours_meets(check, parsed, payload.url)
            row = tables.setdefault(suite, {sort: [0, 0, 0] for sort in SORTS})[check.sort]
            row[0] += 1
            row[1] += met[0]
            row[2] += met[1]
            if show and not all(met):
                print(f"{'feedparser' if not met[0] else 'ours'}{' too' if not any(met) else ''}\t{name}\t{check}")
    rates = {suite: _rates(rows) for suite, rows in tables.items()}
    return {"files": len(files), "ended": dict(ended), "checks": tables, "rates without text": rates}


def _rates(rows: Mapping[str, list[int]]) -> dict[str, float]:
    total = [sum(rows[sort][column] for sort in SORTS if sort != "text") for column in range(3)]
    return {"checks": total[0], "feedparser": round(total[1] / total[0], 4), "ours": round(total[2] / total[0], 4)}


def _files(corpus: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(corpus) as archive:
        for member in archive:
            if (
                member.isfile()
                and member.name.endswith((".xml", ".json"))
                and (handle := archive.extractfile(member)) is not None
            ):
                yield member.name, handle.read()


def _read(payload: Payload, ended: Counter[str]) -> Parsed | None:
    try:
        parsed = parse(payload, SOURCE, 5_000)
        identify(parsed.entries, SOURCE.id)
    except Unreadable as exc:
        ended[f"refused: {exc.reason.code}"] += 1
        return None
    ended[f"read: {parsed.note.code if parsed.note else 'whole'}"] += 1
    return parsed


def _feedparser(payload: Payload, name: str) -> Any:
    """feedparser on the bytes, with its own defaults and the headers the comment gives."""
    headers = dict(payload.headers)
    if "http" in name or "content-location" in headers:
        headers["content-location"] = urljoin(payload.url, headers.get("content-location", ""))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(BytesIO(payload.body), response_headers=headers)


def _theirs_meets(check: Check, result: Any) -> bool:
    if check.sort == "count":
        return len(result.entries) >= check.value if check.at_least else len(result.entries) == check.value
    found = _theirs(check, result)
    if check.sort == "date":
        return found is not None and _moment(tuple(found)) == _moment(check.value)
    if check.sort == "text":
        return bool(found == check.value)
    return bool((found or None) == check.value)


def _theirs(check: Check, result: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path: tuple[str | int, ...] = check.path
        if check.sort == "date":
            path = (f"{str(path[0]).removesuffix('_parsed')}_parsed",) if path else ()
        try:
            found = result.entries[check.index]
            if check.sort == "date" and not path:  # gofeed's expectations do not say which date
                return found.get("published_parsed") or found.get("updated_parsed")
            for step in path:
                found = found[step]
        except (LookupError, TypeError):
            return None
    return found


def _checkable(check: Check, result: Any) -> bool:
    """Whether a field of ours can hold what is expected: an Entry has one date, one link (the alternate one), one text.

    What feedparser finds only tells which of several values the file has; it never decides that a check is met.
    """
    if check.index < 0:
        return False
    entry = result.entries[check.index] if check.index < len(result.entries) else {}
    if check.sort == "link" and check.path[0] == "links":
        links = entry.get("links") or [{}]
        link = links[check.path[1]] if int(check.path[1]) < len(links) else {}
        return link.get("rel", "alternate") == "alternate" and link.get("href") == entry.get("link")
    if check.sort == "date" and check.path:
        kept = next((name for name in ("published", "created", "updated") if entry.get(f"{name}_parsed")), None)
        return kept is None or kept == str(check.path[0]).removesuffix("_parsed") or entry[f"{kept}_parsed"] == check.value
    if check.sort == "text":
        return (
            check.path[0] == "title"
            or len({entry.get("summary"), *(part.value for part in entry.get("content", ()))} - {None}) < 2
        )
    return True


def _ours_meets(check: Check, parsed: Parsed, base: str) -> bool:
    if check.sort == "count":  # an item that says nothing at all is counted as rejected, not as an entry
        found = len(parsed.entries) + parsed.rejected
        return found >= check.value if check.at_least else found == check.value
    if check.index >= len(parsed.entries):
        return check.sort == "text" and parsed.rejected > 0 and plain_text(check.value) == ""
    entry = parsed.entries[check.index]
    if check.sort == "date":
        return _same_time(entry, _moment(check.value))
    if check.sort == "link":
        return entry.url == canonical_url(check.value, base)
    if check.sort == "id":
        return entry.guid == check.value or (entry.guid is None and check.value == "")
    wanted = plain_text(check.value, MAX_TITLE if check.path[0] == "title" else 20_000)
    return wanted in (entry.title, entry.text) if wanted else entry.text == ""


def _same_time(entry: Entry, wanted: dt.datetime) -> bool:
    if wanted.year < 1985:
        return entry.published_on is None and entry.date_flag == "implausible"
    if entry.published_at is None:
        return entry.published_on == wanted.date() and (wanted.hour, wanted.minute, wanted.second) == (0, 0, 0)
    return entry.published_at.replace(microsecond=0) == wanted


def _moment(parts: tuple[int, ...]) -> dt.datetime:
    return dt.datetime(*parts[:3], tzinfo=dt.UTC) + dt.timedelta(hours=parts[3], minutes=parts[4], seconds=parts[5])


def _expected(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    beside = name.removesuffix(".xml") + ".json" if name.endswith(".xml") else name.removesuffix(".json") + "_expected.json"
    try:
        found = json.loads(files.get(beside, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _address(name: str) -> str:
    return HOST + re.sub(r"^.*?(?=tests/|testdata/)", "", name)


def _content_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else "application/xml"


def _corpora() -> Path:
    return Path(os.environ.get("ZOOM_AVANT_CORPORA", Path(__file__).parents[3] / "shared" / "data"))


if __name__ == "__main__":
    main()
