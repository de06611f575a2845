"""Makes an entry of a topic or tender of the EU Funding & Tenders portal; results that repeat one are merged. Pure.

Every value of its metadata is a list, mostly of one. A status prevails over a deadline that has passed: the portal knows more
dates than it shows. A budget line that topics of a call repeat may be one for all: it is told in the text, stated for none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.collectors import stating
from crawler.collectors.base import Entry
from crawler.collectors.services import whole_number
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text
from storage.stated import Stated, StatedAmount

STATUSES = {"forthcoming": "31094501", "open": "31094502", "closed": "31094503"}
TENDER, CASCADE = "0", "8"
DISPLAYED = (
    *("type", "status", "identifier", "reference", "title", "callIdentifier", "callTitle", "frameworkProgramme", "startDate"),
    *("deadlineDate", "publicationDateLong", "descriptionByte", "description", "budgetOverview", "budget", "caName"),
    *("cftEstimatedTotalProcedureValue", "esST_URL"),
)

_PAGE = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities/topic-details/"
_PRECEDENCE = ("open", "forthcoming", "closed")
_NAMES = {code: name for name, code in STATUSES.items()}
_PROGRAMME = re.compile(r"([A-Z][A-Z0-9]{2,11})-")
_PROGRAMMES = {"HORIZON": "Horizon Europe", "H2020": "Horizon 2020", "DIGITAL": "Digital Europe"}

Metadata = Mapping[str, Any]


def first(metadata: Metadata, name: str) -> str:
    """The text of a value, of whatever simple type it is; empty where there is none."""
    return next(iter(every(metadata, name)), "")


def every(metadata: Metadata, name: str) -> list[str]:
    """All texts of a value."""
    value = metadata.get(name)
    items = value if isinstance(value, list) else [value]
    found = (str(item) if isinstance(item, int) and not isinstance(item, bool) else item for item in items)
    return [item.strip() for item in found if isinstance(item, str) and item.strip()]


@dataclass(slots=True)
class Topic:
    """What the results of one topic say together."""

    key: str
    identifier: str
    title: str = ""
    description: str = ""
    statuses: set[str] = field(default_factory=set)
    deadlines: set[dt.date] = field(default_factory=set)
    metadata: dict[str, Any] = field(default_factory=dict)
    url: str | None = None

    def add(self, result: Mapping[str, Any]) -> None:
        """One more result of this topic."""
        metadata: Metadata = result["metadata"]
        self.title = self.title or plain_text(first(metadata, "title") or first(result, "summary"), MAX_TITLE)
        self.description = self.description or described(metadata)
        self.statuses |= {_NAMES[code] for code in every(metadata, "status") if code in _NAMES}
        self.deadlines |= {day for raw in every(metadata, "deadlineDate") if (day := read_date(raw).day)}
        for name, value in metadata.items():
            if name in DISPLAYED and name not in ("descriptionByte", "description"):
                self.metadata.setdefault(name, value)
        self.url = self.url or _link(result, metadata)

    @property
    def status(self) -> str:
        return next((name for name in _PRECEDENCE if name in self.statuses), "")


def described(metadata: Metadata) -> str:
    """The description of a result in plain text."""
    return plain_text(first(metadata, "descriptionByte") or first(metadata, "description"))


def key_of(result: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key and identifier of a result. A call of a beneficiary has the identifier of its topic, and is another call."""
    metadata = result["metadata"]
    identifier = plain_text(first(metadata, "identifier"), 200)
    reference = plain_text(first(result, "reference") or first(metadata, "reference"), 200)
    if first(metadata, "type") == CASCADE and reference:
        return f"topic:{identifier or '-'}:{reference}", identifier or reference
    return (f"topic:{identifier}", identifier) if identifier else None


def entry_of(topic: Topic, today: dt.date) -> Entry | None:
    """The entry; None for a topic without title."""
    if not topic.title:
        return None
    metadata = topic.metadata
    amounts, told = _budget(topic)
    buyer = stating.party(first(metadata, "caName"), "buyer") if first(metadata, "type") == TENDER else None
    ids = {"topic": topic.identifier, "call": plain_text(first(metadata, "callIdentifier"), 200)}
    return Entry(
        title=topic.title,
        text=plain_text(" ".join(part for part in (_dates(topic), told, topic.description) if part)),
        guid=topic.key,
        url=topic.url or canonical_url(_PAGE + topic.identifier),
        lang="en",
        published_on=_published(metadata, today),
        keys=(topic.key,),
        stated=Stated(
            parties=(buyer,) if buyer else (),
            amounts=amounts,
            programme=_programme(topic.identifier, first(metadata, "type")),
            ids={scheme: value for scheme, value in ids.items() if value},
        ),
    )


def _dates(topic: Topic) -> str:
    """What a reader needs first, in words both languages' readers know."""
    opens = read_date(first(topic.metadata, "startDate")).day
    days = ", ".join(day.isoformat() for day in sorted(topic.deadlines)[:12])
    parts = (
        f"Status: {topic.status}" if topic.status else "",
        f"Opening (ouverture): {opens.isoformat()}" if opens else "",
        f"Deadline (clôture): {days}" if days else "",
    )
    told = ". ".join(part for part in parts if part)
    return f"{told}." if told else ""


def _published(metadata: Metadata, today: dt.date) -> dt.date | None:
    """The day of publication; else the day of opening where it has come. A call announced ahead has no other date of its own."""
    stamp = whole_number(first(metadata, "publicationDateLong"))
    if stamp and 500_000_000_000 < stamp < 4_000_000_000_000:
        return dt.datetime.fromtimestamp(stamp / 1000, dt.UTC).date()
    opens = read_date(first(metadata, "startDate")).day
    return opens if opens and opens <= today else None


def _programme(identifier: str, sort: str) -> str | None:
    match = _PROGRAMME.match(identifier) if sort != TENDER else None
    return _PROGRAMMES.get(match[1], match[1]) if match else None


def _link(result: Mapping[str, Any], metadata: Metadata) -> str | None:
    """The page for readers; the portal often gives the address of its data instead."""
    for raw in (first(metadata, "esST_URL"), first(result, "url")):
        url = canonical_url(raw)
        if url and not url.split("?")[0].lower().endswith(".json"):
            return url
    return None


def _budget(topic: Topic) -> tuple[tuple[StatedAmount, ...], str]:
    """The sums stated, and what the text tells of sums that belong to more than this topic."""
    metadata = topic.metadata
    if first(metadata, "type") == TENDER:
        value = stating.amount(first(metadata, "cftEstimatedTotalProcedureValue"), "estimate")
        return ((value,) if value and value.number > 0 else ()), ""
    own: list[float] = []
    sharing = 0
    for lines in _lines(metadata):
        mine = [line for line in lines if _is_of(line, topic.identifier)]
        totals = [total for line in mine if (total := _year_total(line)) > 0]
        others = [line for line in lines if line not in mine and _year_total(line) in totals]
        sharing += len({_name(line) for line in others})
        own += totals
    if not own:
        alone = stating.amount(first(metadata, "budget"), "budget")
        return ((alone,) if alone and alone.number > 0 else ()), ""
    if sharing:
        return (), f"Budget line: {max(own):.0f} EUR, the same as for {sharing} other topics of the call."
    raw = " + ".join(f"{total:.0f}" for total in own) + " EUR" + (f" (sum of {len(own)} lines)" if len(own) > 1 else "")
    return (StatedAmount(number=sum(own), raw=raw, role="budget", currency="EUR"),), ""


def _lines(metadata: Metadata) -> Iterable[list[Mapping[str, Any]]]:
    """The lines of the budget overview, call by call: JSON in a text, or an object."""
    value = metadata.get("budgetOverview")
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, str):
        try:
            value = json.loads(value[:500_000])
        except (ValueError, RecursionError):
            return
    calls = value.get("budgetTopicActionMap") if isinstance(value, Mapping) else None
    for lines in calls.values() if isinstance(calls, Mapping) else ():
        if isinstance(lines, list):
            yield [line for line in lines[:200] if isinstance(line, Mapping)]


def _name(line: Mapping[str, Any]) -> str:
    action = line.get("action")
    return action.split(" - ")[0].strip() if isinstance(action, str) else ""


def _is_of(line: Mapping[str, Any], identifier: str) -> bool:
    return _name(line).casefold() == identifier.casefold()


def _year_total(line: Mapping[str, Any]) -> float:
    years = line.get("budgetYearMap")
    found = (stating.amount(value, "budget") for value in (years.values() if isinstance(years, Mapping) else ()))
    return sum(amount.number for amount in found if amount is not None and amount.number > 0)
