"""What to ask a patent office: watched codes, applicants and countries in few queries of bounded length. Pure.

Open Patent Services takes twenty terms a query and ten of one index; a name costs as many terms as it has words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from crawler.collectors.base import Watched
from crawler.collectors.patents.codes import main_groups, matches, watched_code
from crawler.collectors.patents.publication import Publication

MOST_TERMS = 20
MOST_OF_ONE_INDEX = 10
_DATE_TERMS = 2
_MOST_COUNTRIES = 5
_MOST_NAME_WORDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One of the queries of a source. ``codes`` are groups to ask for, ``beginnings`` those of the symbols to keep."""

    codes: tuple[str, ...] = ()
    applicants: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    extra: str = ""
    index: str = "cpc"
    beginnings: tuple[str, ...] = ()

    def cql(self, first: dt.date, last: dt.date) -> str:
        """In the query language of Open Patent Services, for publications from ``first`` to ``last``, both included."""
        parts = [
            _any(self.index, self.codes),
            _any("pa", (f'"{name}"' for name in self.applicants)),
            _any("pn", self.countries),
            f"({self.extra})" if self.extra else "",
            f'pd within "{first:%Y%m%d},{last:%Y%m%d}"',
        ]
        return " and ".join(part for part in parts if part)

    def parts(self) -> tuple[Query, ...]:
        """Queries that find together what this one finds, each of them less; empty where it cannot be cut."""
        if len(self.codes) > 1:
            return tuple(replace(self, codes=(code,)) for code in self.codes)
        if len(self.countries) > 1:
            return tuple(replace(self, countries=(country,)) for country in self.countries)
        if len(self.applicants) > 1:
            return tuple(replace(self, applicants=(name,)) for name in self.applicants)
        return ()

    def accepts(self, publication: Publication) -> bool:
        """Whether a publication is what was asked for: offices answer with more."""
        names = [one.name for one in publication.applicants]
        return matches(publication.codes, self.beginnings) and (
            not self.applicants or any(is_named(name, wanted) for name in names for wanted in self.applicants)
        )


def codes_of(watched: Iterable[Watched], themes: Sequence[str], own: Iterable[str]) -> tuple[str, ...]:
    """The codes of the watch themes (all of them, or ``themes``) and of the source's own options, each once, sorted."""
    told = [code for theme in watched if not themes or theme.id in themes for code in theme.codes]
    return tuple(sorted({code for text in (*told, *own) if (code := watched_code(text))}))


def queries(
    codes: tuple[str, ...], applicants: tuple[str, ...], countries: tuple[str, ...], *, extra: str = "", index: str = "cpc"
) -> tuple[Query, ...]:
    """The fewest queries within the limits that ask for all of it. Nothing asked for gives no query."""
    if not (codes or applicants or extra):
        return ()
    names = _chunks(applicants, _MOST_NAME_WORDS, lambda name: len(name.split()))
    places = _chunks(countries, _MOST_COUNTRIES)
    used = _DATE_TERMS + _terms(extra) + max(map(_words, names)) + max(map(len, places))
    groups = _chunks(main_groups(codes), max(1, min(MOST_OF_ONE_INDEX, MOST_TERMS - used)))
    return tuple(
        Query(codes=group, applicants=name, countries=place, extra=extra, index=index, beginnings=codes)
        for group, name, place in product(groups, names, places)
    )


def fingerprint(asked: Iterable[Query]) -> str:
    """Tells one set of queries from another: a cursor is good for its own set only."""
    lines = (repr((one.codes, one.applicants, one.countries, one.extra, one.index, one.beginnings)) for one in asked)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=6).hexdigest()


def is_named(name: str, wanted: str) -> bool:
    """Whether an applicant's name begins with the words asked for: ``pa="Corning"`` also finds others."""
    given, asked = _folded(name), _folded(wanted)
    return bool(asked) and given[: len(asked)] == asked


def _folded(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.findall(r"[a-z0-9]+", plain)


def _any(index: str, values: Iterable[str]) -> str:
    terms = [f"{index}={value}" for value in values]
    return f"({' or '.join(terms)})" if len(terms) > 1 else "".join(terms)


def _terms(extra: str) -> int:
    return len(
        [word for word in re.findall(r"[^\s()=\"]+", extra) if word.lower() not in ("and", "or", "not", "within", "any", "all")]
    )


def _words(names: tuple[str, ...]) -> int:
    return sum(len(name.split()) for name in names)


def _chunks(values: tuple[str, ...], most: int, cost: Callable[[str], int] = lambda _: 1) -> list[tuple[str, ...]]:
    """``values`` in runs that cost at most ``most`` together; one empty run where there are none."""
    runs: list[tuple[str, ...]] = [()]
    spent = 0
    for value in values:
        price = cost(value)
        if runs[-1] and spent + price > most:
            runs.append(())
            spent = 0
        runs[-1] += (value,)
        spent += price
    return runs
