"""Makes an entry of a TED notice: title in French or English, parties, sums by currency, territories, what it is linked to. Pure.

Names map a language of three letters to a text or a list, sums and currencies are parallel lists by lot. Sums of different
currencies are never added; where a total is our addition, its ``raw`` says so. Persons, mails and telephones are not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawler.collectors import stating
from crawler.collectors.base import Entry
from crawler.collectors.countries import NUTS, iso2
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text
from storage.stated import AmountRole, Party, PartyRole, Place, Stated, StatedAmount

BASE_FIELDS = (
    *("publication-number", "publication-date", "notice-type", "notice-title", "buyer-name", "classification-cpv"),
    *("place-of-performance-subdiv-lot", "total-value", "total-value-cur", "tender-value", "tender-value-cur"),
    *("organisation-name-tenderer", "links"),
)
"""What every version of the search is known to give; asked for alone when it refuses one of the others."""
FIELDS = (
    *BASE_FIELDS,
    *("buyer-country", "buyer-country-sub", "winner-name", "winner-country", "organisation-country-tenderer"),
    *("organisation-identifier-tenderer", "estimated-value-proc", "estimated-value-cur-proc", "description-proc"),
    *("deadline-receipt-tender-date-lot", "procedure-identifier", "notice-identifier", "previous-notice-id-proc"),
    *("change-notice-version-identifier", "modification-previous-notice-identifier"),
)

_PREFERRED = ("fra", "eng", "mul")
_LANGUAGES = dict(
    zip(
        "fra eng deu spa ita nld por pol swe dan fin ell ces slk slv hun ron bul hrv est lav lit mlt gle nor isl".split(),  # noqa: SIM905
        "fr en de es it nl pt pl sv da fi el cs sk sl hu ro bg hr et lv lt mt ga no is".split(),  # noqa: SIM905
        strict=True,
    )
)
_NUMBER = re.compile(r"\d{1,8}-(?:19|20)\d\d")
_UUID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-\d{2,})?", re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Z]{3}")
_CPV = re.compile(r"\d{8}")
_SORTS = {  # beginning of notice-type → French, English
    "can-modif": ("Modification de marché", "Contract modification"),
    "can": ("Attribution de marché", "Contract award"),
    "veat": ("Attribution sans concurrence", "Voluntary ex-ante notice"),
    "cn": ("Avis de marché", "Contract notice"),
    "pin": ("Préinformation", "Prior information notice"),
    "subco": ("Sous-traitance", "Subcontract notice"),
    "qu": ("Système de qualification", "Qualification system"),
}
_LABELS = {
    "fr": ("Acheteur", "Titulaires", "Date limite", "Rectificatif"),
    "en": ("Buyer", "Winners", "Deadline", "Correction"),
}


def publication_number(notice: Mapping[str, Any]) -> str | None:
    """The number a notice is known by, ``999001-2026``; None where there is none."""
    found = next(iter(_texts(notice.get("publication-number"))), "")
    return found.lstrip("0") if _NUMBER.fullmatch(found) else None


def entry_of(notice: Mapping[str, Any]) -> Entry | None:
    """The entry; None for a notice without number or title."""
    number = publication_number(notice)
    code, titles = _spoken(notice.get("notice-title"))
    title = plain_text(next(iter(titles), ""), MAX_TITLE)
    if number is None or not title:
        return None
    lang = _LANGUAGES.get(code)
    when = read_date(next(iter(_texts(notice.get("publication-date"))), "")[:10])  # a day with the offset of its office
    awards = _sort(notice).startswith(("can", "veat"))
    buyers = _parties(_spoken(notice.get("buyer-name"))[1], notice, "buyer", "buyer-country", "buyer-country-sub")
    winners = _winners(notice) if awards else ()
    key = f"notice:ted:{number}"
    procedure = next(iter(_uuids(notice.get("procedure-identifier"))), "")
    return Entry(
        title=title,
        text=_text(notice, lang or "en", buyers, winners),
        guid=f"ted:{number}",
        url=_link(notice.get("links"), number),
        lang=lang,
        published_on=when.day,
        date_flag=when.flag,
        codes=tuple(f"cpv:{found}" for found in dict.fromkeys(_texts(notice.get("classification-cpv"))) if _CPV.fullmatch(found)),
        keys=(key,),
        linked=tuple(dict.fromkeys([key, *([f"procedure:{procedure}"] if procedure else []), *_before(notice)])),
        stated=Stated(
            parties=(*buyers, *winners),
            amounts=_amounts(notice, awards=awards),
            places=tuple(
                Place(scheme="nuts", code=found, raw=found)
                for found in dict.fromkeys(_texts(notice.get("place-of-performance-subdiv-lot")))
                if NUTS.fullmatch(found)
            ),
            ids={"notice": f"ted:{number}", **({"procedure": procedure} if procedure else {})},
        ),
    )


def _before(notice: Mapping[str, Any]) -> Iterable[str]:
    """The notices this one follows, corrects or changes, and its own number in the procedure: call and award become one story."""
    for field in ("notice-identifier", "previous-notice-id-proc", "change-notice-version-identifier"):
        yield from (f"notice:ted:{found}" for found in _uuids(notice.get(field)))
    for field in ("previous-notice-id-proc", "change-notice-version-identifier", "modification-previous-notice-identifier"):
        yield from (f"notice:ted:{found.lstrip('0')}" for found in _texts(notice.get(field)) if _NUMBER.fullmatch(found))
    yield from (f"notice:ted:{found}" for found in _uuids(notice.get("modification-previous-notice-identifier")))


def _text(notice: Mapping[str, Any], lang: str, buyers: Sequence[Party], winners: Sequence[Party]) -> str:
    place = 0 if lang == "fr" else 1
    by, to, until, corrected = _LABELS["fr" if lang == "fr" else "en"]
    sort = next((names[place] for begins, names in _SORTS.items() if _sort(notice).startswith(begins)), "")
    if notice.get("change-notice-version-identifier"):
        sort = f"{sort} ({corrected})" if sort else corrected
    days = sorted(
        {day.isoformat() for raw in _texts(notice.get("deadline-receipt-tender-date-lot")) if (day := read_date(raw[:10]).day)}
    )
    told = [
        sort,
        f"{by} : {', '.join(party.name for party in buyers)}" if buyers else "",
        f"{to} : {', '.join(party.name for party in winners)}" if winners else "",
        f"{until} : {', '.join(days[:6])}" if days else "",
        " ".join(_spoken(notice.get("description-proc"))[1][:1]),
    ]
    return plain_text(". ".join(part for part in told if part))


def _winners(notice: Mapping[str, Any]) -> tuple[Party, ...]:
    """Tenderers are listed one by one, with country and register number beside; winners are repeated for each lot."""
    won = dict.fromkeys(_spoken(notice.get("winner-name"))[1])
    tenderers = _spoken(notice.get("organisation-name-tenderer"))[1]
    if tenderers and (not won or set(won) <= set(tenderers)):
        country, number = "organisation-country-tenderer", "organisation-identifier-tenderer"
        found = _parties(tenderers, notice, "winner", country, "", number)
        return tuple(party for party in found if not won or party.name in {plain_text(name, 200) for name in won})
    return _parties(_spoken(notice.get("winner-name"))[1], notice, "winner", "winner-country", "")


def _parties(
    names: Sequence[str], notice: Mapping[str, Any], role: PartyRole, country: str, area: str, number: str = ""
) -> tuple[Party, ...]:
    """Each organisation once. What stands in lists of another length belongs to nobody in particular, unless it is one value."""
    countries, areas = _beside(notice.get(country), names), _beside(notice.get(area), names)
    numbers = _texts(notice.get(number))
    numbers = numbers if len(numbers) == len(names) else [""] * len(names)
    found: dict[str, Party] = {}
    for name, of, nuts, siren in zip(names, countries, areas, numbers, strict=True):
        home = iso2(of)
        code = nuts if NUTS.fullmatch(nuts) else None
        party = stating.party(name, role, country=home, area=code, siren=siren if home == "FR" and siren else None)
        if party is not None:
            found.setdefault(party.name.casefold(), party)
    return tuple(found.values())[:100]


def _beside(values: object, names: Sequence[str]) -> list[str]:
    found = _texts(values)
    if len(found) == len(names):
        return found
    return (list(set(found)) if len(set(found)) == 1 else [""]) * len(names)


def _amounts(notice: Mapping[str, Any], *, awards: bool) -> tuple[StatedAmount, ...]:
    if not awards:
        return _sums(notice.get("estimated-value-proc"), notice.get("estimated-value-cur-proc"), "estimate")
    total = _sums(notice.get("total-value"), notice.get("total-value-cur"), "awarded", total=True)
    return total or _sums(notice.get("tender-value"), notice.get("tender-value-cur"), "awarded")


def _sums(values: object, currencies: object, role: AmountRole, *, total: bool = False) -> tuple[StatedAmount, ...]:
    """One sum a currency. A value without a currency of its own takes the one of all others, or none is stated for it."""
    numbers = [stating.amount(value, role) for value in (values if isinstance(values, list) else [values])]
    known = [found if _CURRENCY.fullmatch(found) else "" for found in _texts(currencies)]
    if total and len(set(known)) != 1:
        return ()  # a total of several currencies is a total of nothing
    if len(known) != len(numbers):
        if len(set(known)) != 1:
            return ()
        known = known[:1] * len(numbers)
    by_currency: dict[str, list[StatedAmount]] = {}
    for found, currency in zip(numbers, known, strict=True):
        if found is not None and found.number > 0 and currency:
            by_currency.setdefault(currency, []).append(found)
    return tuple(
        StatedAmount(
            number=float(f"{sum(part.number for part in parts):.15g}"),
            raw=f"{' + '.join(part.raw for part in parts[:12])}{' + …' if len(parts) > 12 else ''} {currency}"
            + (f" (sum of {len(parts)} lots)" if len(parts) > 1 else ""),
            role=role,
            currency=currency,
        )
        for currency, parts in by_currency.items()
    )


def _link(links: object, number: str) -> str | None:
    """The page of the notice, in French where there is one."""
    pages = links.get("html") if isinstance(links, Mapping) else None
    if isinstance(pages, Mapping):
        for code in ("FRA", "ENG", "MUL", *sorted(str(code) for code in pages)):
            page = pages.get(code)
            if isinstance(page, str) and (url := canonical_url(page)):
                return url
    return f"https://ted.europa.eu/fr/notice/{number}/html"


def _spoken(value: object) -> tuple[str, list[str]]:
    """A field by language, and the language taken: French, English, then whichever comes first."""
    if not isinstance(value, Mapping):
        return "", _texts(value)
    for code in (*_PREFERRED, *sorted(str(code) for code in value)):
        if texts := _texts(value.get(code)):
            return code, texts
    return "", []


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [" ".join(item.split()) for item in items[:500] if isinstance(item, str) and item.strip()]


def _uuids(value: object) -> list[str]:
    return [match[1].lower() for text in _texts(value) if (match := _UUID.fullmatch(text))]


def _sort(notice: Mapping[str, Any]) -> str:
    return next(iter(_texts(notice.get("notice-type"))), "").lower()
