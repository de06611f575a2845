"""Growth told as a multiple: « doubler », "tripled", "threefold", « multiplié par trois », "x3", "2.5x".

Promises the characters of the words. A « doublé » in sport, a "double standard" or "doubling down" multiplies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlp.facts.number_words import ENGLISH

_STEMS = {"doubl": 2.0, "tripl": 3.0, "quadrupl": 4.0, "quintupl": 5.0, "décupl": 10.0, "decupl": 10.0}
_VERB = re.compile(
    rf"\b(?P<stem>{'|'.join(_STEMS)})(?P<ending>er(?:a|ont|ait|aient|ez)?|ée?s?|ent|ant|ement|ed|ing|es?)(?!\w)(?P<after>[-\s]\w+['’]?)?",
    re.I,
)
_NOT_BEFORE = {  # the words just before that make it no multiplication
    "é": re.compile(r"\b(?:un|le|ce|du|son)\s\Z", re.I),
    "ent": re.compile(r"\bse\s\Z", re.I),
}
_MODAL = re.compile(r"\b(?:to|will|would|could|can|may|should|might)\s\Z", re.I)
_OWN = frozenset({"its", "their", "the", "his", "her", "our", "sa", "son", "ses", "leur", "leurs"})
_IDIOMS = frozenset({"down", "up", "as", "check", "checking", "checked", "dip"})  # "doubling down", "doubles as"
_FOLD = re.compile(r"\b(?P<count>two|three|four|five|six|seven|eight|nine|ten)fold(?!\w)", re.I)
_TIMES = re.compile(r"(?<![\w×])(?<![\d.] )[x×]\s?(?P<number>[1-9]\d{0,3}(?:[.,]\d{1,2})?)(?!\w|[.,]\w|\s?[x×])")
_NAMES = frozenset({16, 32, 64, 86, 360})  # x86, x360

MULTIPLIED = re.compile(  # just before the number
    r"\b(?:multipli\w*(?:\s[^\W\d]+){0,5}\s(?:par|by)|(?:by\s)?a\sfactor\sof|(?:d['’]|par\s)?un\sfacteur(?:\sde)?)\s"
    r"(?:(?:presque|environ|près\sde|plus\sde|almost|nearly|about|more\sthan)\s)?\Z",
    re.I,
)
GLUED = re.compile(  # just after the number; not a zoom, a slot, a parts list
    r"[x×](?![\w×])(?!\s[\"“‘']?(?:optical|digital|zoom|telephoto|lens\w*|magnif\w+|slots?|USB\w*|HDMI|DisplayPort|Thunderbolt|\d))"
)


def read_multiples(text: str) -> Iterator[tuple[float, int, int]]:
    """Multiples whose number is not a number of its own: (times, start, end)."""
    lower = text.lower()
    if any(stem in lower for stem in ("doubl", "tripl", "upl")):  # most texts hold none, and looking for verbs is slow
        for match in _VERB.finditer(text):
            if _is_growth(text, match):
                yield _STEMS[match["stem"].lower()], match.start(), match.end("ending")
    if "fold" in lower:
        for match in _FOLD.finditer(text):
            yield ENGLISH[match["count"].lower()][1], match.start(), match.end()
    for match in _TIMES.finditer(text):
        number = float(match["number"].replace(",", "."))
        if number > 1 and number not in _NAMES:
            yield number, match.start(), match.end()


def _is_growth(text: str, match: re.Match[str]) -> bool:
    ending, after = match["ending"].lower(), (match["after"] or "")[1:].lower()
    before = text[max(0, match.start() - 9) : match.start()]
    if ending in ("e", "es"):  # also an adjective and a noun
        return after in _OWN or (after not in _IDIOMS and bool(_MODAL.search(before)))
    if ending in ("ed", "ing"):
        return after not in _IDIOMS
    if ending.startswith("é"):
        return not _NOT_BEFORE["é"].search(before) and after != "d'" and after != "d’"
    return ending != "ent" or not _NOT_BEFORE["ent"].search(before)
