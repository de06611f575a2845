"""What imported records say beside their text: a sum with its currency and organisations. Pure.

Only what leaves no doubt: a sum without a currency is left out, and an applicant of a patent who may be a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nlp.facts.actors import has_legal_form
from nlp.facts.cues import is_an_organisations_name
from storage.model import Document, Kind
from storage.stated import Party, PartyRole, Stated, StatedAmount

_CURRENCY = re.compile(r"(?P<scale>[kM]|Md|bn)?\s?(?P<code>[A-Z]{3})")
_SCALES = {None: 1.0, "k": 1e3, "M": 1e6, "Md": 1e9, "bn": 1e9}
_MOST = 1e15
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,6})?")
_IMPORTED: Mapping[Kind, Mapping[str, PartyRole]] = {
    Kind.FUNDING: {
        "recipients": "beneficiary",
        "recipient": "beneficiary",
        "company": "beneficiary",
        "funders": "funder",
        "funder": "funder",
    },
    Kind.PATENT: {"applicants": "applicant", "applicant": "applicant", "assignees": "applicant", "assignee": "applicant"},
}
_ORGANISED = re.compile(
    r"\b(?:universit\w+|instituts?|institute|centre|center|college|école|ecole|foundation|fondation|commissariat|agency|council|hospital"
    r"|laborator\w+|industries|technologies|systems|foods?|products|international|manufacturing|research)\b",
    re.IGNORECASE,
)


def imported(document: Document) -> Stated:
    """What an imported record says beside its text."""
    extra = document.extra
    parties = [
        Party(name=name, role=role)
        for key, role in _IMPORTED.get(document.kind, {}).items()
        for name in _names(extra.get(key))
        if role != "applicant" or _is_organisation(name)
    ]
    amount = _sum(extra) if document.kind is Kind.FUNDING else None
    return Stated(parties=tuple(parties), amounts=(amount,) if amount else ())


def _sum(extra: Mapping[str, Any]) -> StatedAmount | None:
    given, currency = extra.get("amount"), extra.get("currency")
    unit = _CURRENCY.fullmatch(currency) if isinstance(currency, str) else None
    is_number = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    if unit is None or not (is_number or (isinstance(given, str) and _NUMBER.fullmatch(given))):
        return None
    number = float(given or 0)
    if not 0 < number < _MOST:
        return None
    scaled = float(f"{number * _SCALES[unit['scale']]:.12g}")
    return StatedAmount(number=scaled, raw=f"{given} {currency}", role="raised", currency=unit["code"])


def _names(value: object) -> Sequence[str]:
    items = value if isinstance(value, list) else value.split(";") if isinstance(value, str) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    return list(dict.fromkeys(" ".join(name.split())[:200] for name in names if isinstance(name, str) and name.strip()))


def _is_organisation(name: str) -> bool:
    """Whether a name is surely no person's: applicants of patents may be their inventors."""
    return has_legal_form(name) or is_an_organisations_name(name) or _ORGANISED.search(name) is not None
