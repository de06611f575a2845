"""US patent grants and applications as the USPTO publishes them in bulk: the schema of 2001 ("pap") and those since 2004. Pure.

Inventors who apply in their own name are persons and are left out; US classes are kept apart from CPC and IPC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from crawler.collectors.patents.codes import symbol, us_class
from crawler.collectors.patents.publication import Applicant, Publication, Reference, country_of, day, number_of, organisation
from crawler.collectors.patents.trees import found, text, texts
from crawler.normalize import MAX_TITLE, plain_text

_MAX_DESCRIPTION = 200_000
_PARTS = ("section", "class", "subclass", "main-group", "subgroup")


def read_grant_or_application(root: etree._Element) -> Publication | None:
    """A ``us-patent-grant`` or ``us-patent-application`` (2004 and later). None where it has no number."""
    biblio = next((part for part in root if str(part.tag).startswith("us-bibliographic-data")), None)
    if biblio is None:
        return None
    number = biblio.find("publication-reference/document-id")
    country, kind = found(number, "country") or "US", found(number, "kind")
    digits = number_of(country, found(number, "doc-number"), kind)
    if not digits:
        return None
    lang = (root.get("lang") or "en")[:2].lower()
    return Publication(
        country=country,
        number=digits,
        kind=kind,
        published_on=day(found(number, "date")),
        titles=_if_any(lang, text(biblio.find("invention-title"), MAX_TITLE)),
        abstracts=_if_any(lang, texts(root.iterfind("abstract/p")) or text(root.find("abstract"))),
        applicants=_organisations(
            [
                *biblio.iterfind("parties/applicants/applicant"),
                *biblio.iterfind("us-parties/us-applicants/us-applicant"),
                *biblio.iterfind("assignees/assignee"),
            ]
        ),
        cpc=_symbols(biblio.iterfind("classifications-cpc//classification-cpc")),
        ipc=_symbols([*biblio.iterfind("classifications-ipcr/classification-ipcr"), *biblio.iterfind("classification-ipc")]),
        us_classes=_us_classes(biblio.find("classification-national")),
        application=_reference(biblio.find("application-reference/document-id")),
        priorities=tuple(
            made for claim in biblio.iterfind("priority-claims/priority-claim") if (made := _reference(claim)) is not None
        ),
        claims=_claims(root.iterfind("claims/claim")),
        description=text(root.find("description"), _MAX_DESCRIPTION),
    )


def read_publication_of_2001(root: etree._Element) -> Publication | None:
    """A ``patent-application-publication`` of 2001 to 2004. None where it has no number."""
    biblio = root.find("subdoc-bibliographic-information")
    if biblio is None:
        return None
    number = biblio.find("document-id")
    kind = found(number, "kind-code")
    digits = number_of("US", found(number, "doc-number"), kind)
    if not digits:
        return None
    technical = biblio.find("technical-information")
    filing = biblio.find("domestic-filing-data")
    filed = found(filing, "application-number/doc-number")
    return Publication(
        country="US",
        number=digits,
        kind=kind,
        published_on=day(found(number, "document-date")),
        titles=_if_any("en", found(technical, "title-of-invention")[:MAX_TITLE]),
        abstracts=_if_any("en", texts(root.iterfind("subdoc-abstract/paragraph"))),
        applicants=_organisations(biblio.iterfind("assignee"), name="organization-name"),
        ipc=tuple(dict.fromkeys(code for row in biblio.iter("ipc") if (code := symbol(text(row))))),
        us_classes=tuple(
            dict.fromkeys(
                code for row in biblio.iter("uspc") if (code := us_class(_columns(row, "class") + _columns(row, "subclass")))
            )
        ),
        application=Reference(f"US{filed}", day(found(filing, "filing-date"))) if filed else None,
        priorities=tuple(
            Reference(
                found(claim, "country-code") + found(claim, "priority-application-number/doc-number"),
                day(found(claim, "filing-date")),
            )
            for claim in biblio.iterfind("foreign-priority-data")
        ),
        claims=_claims(root.iterfind("subdoc-claims/claim")),
        description=text(root.find("subdoc-description"), _MAX_DESCRIPTION),
    )


def _if_any(lang: str, said: str) -> dict[str, str]:
    return {lang: said} if said else {}


def _organisations(rows: Iterable[etree._Element], name: str = "orgname") -> tuple[Applicant, ...]:
    kept: dict[str, Applicant] = {}
    for row in rows:
        book = row.find("addressbook")
        part = row if book is None else book
        said = organisation(found(part, name))
        if said:
            kept.setdefault(said.casefold(), Applicant(said, country_of(found(part, "address/country"))))
    return tuple(kept.values())


def _symbols(rows: Iterable[etree._Element]) -> tuple[str, ...]:
    """Symbols in parts (since 2006), or whole ones of the seventh edition of the IPC."""
    return tuple(dict.fromkeys(code for row in rows for written in _written(row) if (code := symbol(written))))


def _written(row: etree._Element) -> Iterator[str]:
    section, cls, subclass, group, subgroup = (found(row, part) for part in _PARTS)
    if section:
        yield f"{section}{cls}{subclass}{group}" + (f"/{subgroup}" if subgroup else "")
    else:
        yield from (text(part) for part in row if part.tag in ("main-classification", "further-classification"))


def _us_classes(national: etree._Element | None) -> tuple[str, ...]:
    if national is None or found(national, "country") not in ("US", ""):
        return ()
    # The columns are fixed: blanks count.
    rows = [part.text or "" for part in national if part.tag in ("main-classification", "further-classification")]
    return tuple(dict.fromkeys(code for row in rows if (code := us_class(row))))


def _columns(row: etree._Element, name: str) -> str:
    part = row.find(name)
    return "" if part is None else (part.text or "").strip()


def _reference(number: etree._Element | None) -> Reference | None:
    if number is None or not found(number, "doc-number"):
        return None
    return Reference(found(number, "country") + found(number, "doc-number"), day(found(number, "date")))


def _claims(rows: Iterable[etree._Element]) -> tuple[str, ...]:
    return tuple(said for row in rows if (said := plain_text(text(row))))
