"""One id for an organisation however it is written, and the acronyms a document introduces itself. Pure text, no model.

``normal_id`` forgets case, accents, punctuation, legal forms, "groupe" and "the"; what is left is the id facts are counted by.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_LEGAL = frozenset(
    "sa sas sasu sarl eurl snc sca scop scic gie inc incorporated ltd limited llc llp lp plc corp corporation co company gmbh ag"  # noqa: SIM905
    " kg kgaa se spa srl bv nv ab oy oyj asa as aps pte pty kk holding holdings".split()
)
_GROUP = frozenset(("group", "groupe"))
_AND = frozenset(("and", "et"))
_WORD = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"\b[^\W_](?:[./][^\W_])+\b\.?")  # S.A.S., A/S, U.S.
_PARENTHESIS = re.compile(r"\(([^()\n]{2,120})\)")
_ACRONYM = re.compile(r"[^\W\d_][\w&.\-]{1,9}")
_TOKEN = re.compile(r"[\w&.+]+")
_EDGES = " \t\u00a0\u202f«»\"“”'’,;:"


class Acronym(NamedTuple):
    """A short and a long form a text gives side by side, each with its characters ``start:end``."""

    short: str
    short_start: int
    short_end: int
    long: str
    long_start: int
    long_end: int


@lru_cache(maxsize=65_536)
def normal_id(name: str) -> str:
    """The id of the organisation called ``name``: the same for its spellings, never empty for a name with a letter or digit."""
    words = _words(name)
    kept = [word for word in words if word not in _AND]
    if len(kept) > 1 and kept[0] == "the":
        del kept[0]
    while len(kept) > 1 and (kept[-1] in _LEGAL or kept[-1] in _GROUP):
        del kept[-1]
    if len(kept) > 1 and kept[0] in _GROUP:
        del kept[0]
    return "-".join(kept or words) or name.casefold().strip()


def has_legal_form(name: str) -> bool:
    """Whether a word after the first is a company's legal form: "Kelvia SAS", "FOOD CO., LTD."."""
    return any(word in _LEGAL for word in _words(name)[1:])


def display_name(name: str) -> str:
    """``name`` in one line, without a legal form at its end: what people call the organisation."""
    words = name.split()
    while len(words) > 1 and "".join(_words(words[-1])) in _LEGAL and words[-2].lower() not in ("&", "and", "et"):
        del words[-1]
    return " ".join(words).rstrip(" ,")


def acronyms(text: str) -> Iterator[Acronym]:
    """The acronyms ``text`` introduces: "Long form (LF)" or "LF (Long form)".

    A short form is accepted when its letters are found in the long one from right to left, its first letter at a word's beginning
    (Schwartz and Hearst, 2003), within twice as many words as it has letters; the long form must begin with a capital.
    """
    for match in _PARENTHESIS.finditer(text):
        inside = match.group(1).strip()
        if _is_acronym(inside):
            line = text[max(0, text.rfind("\n", 0, match.start()) + 1) : match.start()]
            start = _long_start(inside, line)
            if start is not None:
                first = match.start() - len(line) + start
                long = line[start:].rstrip(_EDGES)
                yield Acronym(
                    inside,
                    text.index(inside, match.start()),
                    match.start() + 1 + match.group(1).index(inside) + len(inside),
                    long,
                    first,
                    first + len(long),
                )
        elif inside[:1].isupper() and " " in inside:
            before = re.search(r"([^\s()«»“”\"'’]+)\s*$", text[max(0, match.start() - 40) : match.start()])
            if before is None or not _is_acronym(before.group(1)):
                continue
            long = re.split(r"[,;:]| - | – ", inside, maxsplit=1)[0].rstrip(_EDGES)
            if _long_start(before.group(1), long) == 0:
                offset = max(0, match.start() - 40) + before.start(1)
                first = text.index(long, match.start())
                yield Acronym(before.group(1), offset, offset + len(before.group(1)), long, first, first + len(long))


def _is_acronym(word: str) -> bool:
    return _ACRONYM.fullmatch(word) is not None and sum(char.isupper() for char in word) >= 2


def _long_start(short: str, before: str) -> int | None:
    """Where in ``before`` the long form of ``short`` begins, the form ending where ``before`` does; None when there is none."""
    letters = [char for char in _bare(short) if char.isalnum()]
    bare = _bare(before)
    if len(bare) != len(before):
        return None
    at = len(bare) - 1
    for i in range(len(letters) - 1, -1, -1):
        while at >= 0 and (bare[at] != letters[i] or (i == 0 and at > 0 and bare[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
        at -= 1
    start = at + 1
    words = _TOKEN.findall(before[start:])
    if not before[start].isupper() or len(words) < 2 or len(words) > max(len(letters) + 5, 2 * len(letters)):
        return None
    return start


def _words(name: str) -> list[str]:
    flat = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    flat = flat.replace("œ", "oe").replace("æ", "ae").replace("ø", "o")
    return _WORD.findall(_INITIALS.sub(lambda match: match.group().replace(".", "").replace("/", ""), flat))


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text).lower()
