"""A patent publication, from whatever office and schema, and the entry it becomes. Pure. Inventors are not in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.collectors.base import Entry
from crawler.normalize import plain_text, shorten
from storage.stated import Party, Stated

ESPACENET = "https://worldwide.espacenet.com/patent/search?q=pn%3D"
_READ_FIRST = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Applicant:
    """An organisation that applies for or owns a patent; ``country`` is ISO 3166-1 alpha-2 where the record gives it."""

    name: str
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """An application: its number with the country in front, and its day."""

    number: str
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class LegalEvent:
    """A line of a legal status answer."""

    code: str
    text: str
    on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published document. Texts are plain, by ISO 639-1 language; ``""`` where the record does not say which."""

    country: str
    number: str
    kind: str = ""
    published_on: dt.date | None = None
    family: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    abstracts: Mapping[str, str] = field(default_factory=dict)
    applicants: tuple[Applicant, ...] = ()
    cpc: tuple[str, ...] = ()
    ipc: tuple[str, ...] = ()
    us_classes: tuple[str, ...] = ()
    application: Reference | None = None
    priorities: tuple[Reference, ...] = ()
    claims: tuple[str, ...] = ()
    description: str = ""
    events: tuple[LegalEvent, ...] = ()

    @property
    def id(self) -> str:
        """The number everybody means: ``FR3999001A1``, ``US20260999001A1``."""
        return f"{self.country}{self.number}{self.kind}"

    @property
    def key(self) -> str:
        return f"publication:{self.id}"

    @property
    def codes(self) -> tuple[str, ...]:
        """CPC and IPC symbols, each once."""
        return tuple(dict.fromkeys((*self.cpc, *self.ipc)))

    @property
    def priority_on(self) -> dt.date | None:
        """The day the invention was first filed anywhere, as far as the record tells."""
        known = [one.on for one in (*self.priorities, *((self.application,) if self.application else ())) if one.on]
        return min(known, default=None)

    def entry(self, linked: tuple[str, ...] = ()) -> Entry | None:
        """What is kept of it: French before English before another language. None where it has neither title nor abstract."""
        lang = self._language()
        title, text = self.titles.get(lang, ""), self.abstracts.get(lang, "")
        if not title and not text:
            return None
        first = self.priority_on
        ids = {
            "publication": self.id,
            "family": self.family or "",
            "application": self.application.number if self.application else "",
            "priority": self.priorities[0].number if self.priorities else "",
            "priority_date": first.isoformat() if first else "",
        }
        return Entry(
            title=title or shorten(text, 120),
            text=text,
            guid=self.key,
            url=ESPACENET + espacenet_number(self.country, self.number, self.kind),
            lang=lang or None,
            published_on=self.published_on,
            codes=self.codes,
            keys=(self.key,),
            linked=((f"family:{self.family}",) if self.family else ()) + linked,
            stated=Stated(
                parties=tuple(Party(name=one.name, role="applicant", country=one.country) for one in self.applicants),
                ids={scheme: number for scheme, number in ids.items() if number},
            ),
        )

    def _language(self) -> str:
        """The language with the most to read: title and abstract, then title; French first where it is a draw."""
        langs = dict.fromkeys((*_READ_FIRST, *self.titles, *self.abstracts))

        def worth(lang: str) -> tuple[bool, bool, bool]:
            title, text = lang in self.titles, lang in self.abstracts
            known = lang in _READ_FIRST
            return (title or text) and known, title and text, title

        return max(langs, key=worth)


def number_of(country: str, number: str, kind: str) -> str:
    """A number in the one spelling of keys: no signs; US applications with all eleven digits, US grants without zeros.

    The EPO writes US 2026/0999001 with ten digits (``2026999001``), the USPTO with eleven.
    """
    plain = re.sub(r"[^0-9A-Z]", "", number.upper())
    if country != "US":
        return plain
    if kind[:1] in ("A", "P") and re.fullmatch(r"20\d{8}", plain):
        return f"{plain[:4]}0{plain[4:]}"
    return plain.lstrip("0") if len(plain) <= 8 else plain


def espacenet_number(country: str, number: str, kind: str) -> str:
    """The number under which Espacenet knows a publication: the EPO's ten digits for US applications."""
    if country == "US" and re.fullmatch(r"20\d{2}0\d{6}", number):
        number = number[:4] + number[5:]
    return f"{country}{number}{kind}"


def country_of(text: str | None) -> str | None:
    """Two capital letters, else None: files say ``omitted`` and ``unknown`` too."""
    code = (text or "").strip().upper()
    return code if re.fullmatch(r"[A-Z]{2}", code) and code != "XX" else None


def day(text: str | None) -> dt.date | None:
    """``20260911`` or ``2026-09-11``. None for a month without a day (``19990600``) and for anything else."""
    digits = (text or "").strip().replace("-", "")
    if not re.fullmatch(r"\d{8}", digits):
        return None
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def organisation(name: str) -> str:
    """A party's name in one line, without what closes it: ``EXEMPLE QUANTIQUE [FR]`` and ``EXEMPLE SA,`` lose their ends."""
    return re.sub(r"\s*\[[A-Z]{2}\]$", "", plain_text(name, 200)).rstrip(" ,;")
