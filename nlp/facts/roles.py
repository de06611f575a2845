"""What a sum is in its sentence: stated, a total over time, or a goal.

- **stated**: a sum said to be raised, granted, spent, sold or committed. A commitment of the one who pays counts as stated, in whatever
  tense: « investira 2 Md€ d'ici 2030 », "plans to invest $5bn".
- **cumulative**: a total over several rounds or years: « a levé 45 M€ au total depuis sa création », "bringing total funding to $80m".
- **target**: a goal, a ceiling or a forecast, not yet anybody's commitment: « vise 100 M€ », "aims to raise $50m", « jusqu'à 2 Md€ »,
  "up to $5bn", « un marché qui devrait atteindre 50 Md€ ». A raise that is only planned is a goal: the money is others'.
"""

from __future__ import annotations

import re
from enum import StrEnum

_BEFORE, _AFTER = 90, 70  # characters of the sentence that are looked at
_STOP = re.compile(r"[.!?](?=\s)|[\n;|]")

_TOTAL_BEFORE = re.compile(
    r"\b(?:port(?:ant|e|er|era|ait|é)\b.{0,60}\bà|portant ainsi à"
    r"|(?:déjà|already)\s(?:lev[ée]e?s?|raised|obtenu|récolté|collecté|secured|received)"
    r"|(?:lev[ée]e?s?|levait|raised|récolté|collecté|obtenu|secured|totalis\w+)\b.{0,25}\b(?:au total|en tout|in total|a total of|un total de)"
    r"|(?:au total|en tout|in total)\b,?.{0,40}\b(?:lev|raise|récolt|collect)\w*"
    r"|(?:bring|push|tak)(?:s|ing|es|ing|ought)?\b.{0,60}\bto|brought\b.{0,60}\bto"
    r"|total (?:funding|raised|financing|equity|capital raised)\b.{0,40}|(?:total|overall) (?:amount )?raised\b.{0,30}"
    r"|cumul\w*\b.{0,30}|to date\b.{0,30}|depuis (?:sa|leur) (?:création|fondation)\b.{0,40}|since (?:its|their) (?:inception|founding|launch)\b.{0,40}"
    r"|total (?:des fonds levés|levé|des levées)\b.{0,30})\W{0,3}$",
    re.I,
)
_TOTAL_BROUGHT = re.compile(r"\b(?:fund|rais|financ|total|capital|lev[ée]|fonds|cumul|investi)", re.I)
_TOTAL_AFTER = re.compile(
    r"^.{0,30}?(?:\bdepuis (?:sa|leur|ses|son|le|la) (?:création|fondation|lancement|débuts?|origine)|\bdepuis (?:19|20)\d\d"
    r"|\bsince (?:its|their|the) (?:inception|founding|foundation|launch|creation|start)|\bsince (?:19|20)\d\d"
    r"|\bto date\b|\bso far\b|\bà ce jour\b|\bjusqu['’]ici\b|\bjusqu['’]à présent\b|\ben cumulé\b|\bin total (?:funding|investment|financing)"
    r"|\bof total funding|\btotal funding|\ben plusieurs (?:tours|levées)|\bacross (?:\w+ )?rounds)",
    re.I,
)
_RAISE = re.compile(
    r"\b(?:a|ont|avait|avaient|has|have|had)?\s?(?:lev(?:é|ée|és|ait)|raised|récolté|collecté|secured)\b|\blevés?\b", re.I
)
_IN_ALL = re.compile(r"^.{0,25}?\b(?:au total|en tout|in total|overall|all told)\b", re.I)

_GOAL_BEFORE = re.compile(
    r"\b(?:vis(?:e|ent|ait|ant|er|era)|ambitionn\w+|ambition|esp[èé]r\w+|souhait\w+|cherch\w+|recherch\w+|objectifs?|cibl\w+|cible|but|projett?\w*\s(?:de\s)?lever"
    r"|(?:veut|veulent|voudrai\w+|compt\w+|prévoi\w+|entend\w*|va|vont|doit|doivent|prépar\w+)\s(?:de\s|d['’])?(?:une\s)?(?:lev(?:er|ée)|récolter|collecter|réunir|atteindre)"
    r"|afin (?:de|d['’])\s?(?:lever|atteindre|réunir)|pour (?:lever|atteindre|réunir)"
    r"|(?:devrai\w+|pourrai\w+|doit|doivent|devra|devront|pourra|permettre d['’])\s?(?:atteindre|représenter|peser|dépasser|s['’]élever|valoir)"
    r"|en quête|en vue d['’]une levée|pour objectif"
    r"|(?:aim|seek|hop|target|look|want|intend|try|expect)(?:s|ing|ed|es)?|ambitions?|goals?|targets?|objectives?|sought|in talks|trying"
    r"|(?:plan|prepar)(?:s|ned|ning|ing|es)?\s(?:on\s|to\s)?(?:rais\w+|reach\w*|hit\w*|generat\w+)"
    r"|(?:will|could|would|should|may|might|set to|projected to|forecast to|expected to)\s(?:reach|grow|hit|exceed|be worth|surpass|top|total)|projected|forecast)"
    r"\b(?P<between>.{0,55})$",
    re.I,
)
_CEILING = re.compile(
    r"\b(?:jusqu['’]\s?à|up to|as much as|un maximum de|au plus|plafonn\w+ à|a maximum of|capped at)\W{0,2}(?:\w+\s){0,1}$", re.I
)
_GOAL_AFTER = re.compile(
    r"^\W{0,3}(?:.{0,22}\b(?:visés?|espérés?|recherchés?|target(?:ed)?|goal|objective|au maximum|maximum)\b)", re.I
)
_DONE = re.compile(
    r"\b(?:a|ont|avait|has|have|had|was|were|après avoir|vient de|viennent de)\s?(?:\w+\s)?(?:lev|bouclé|obtenu|rais|secur|clos|reçu|investi|receiv|award|grant|annonc|announc)\w*"
    r"|\b(?:lève|lèvent|boucle|obtient|raises|secures|closes|lands|bags|investit|investira|invests|alloue|dépens\w+|consacr\w+|spends?)\b"
    r"|\bto (?:invest|spend|build|buy|acquire)\b|\b(?:investir|acheter|construire|consacrer|financer)\b"
    r"|,|\b(?:grâce à|avec|with|thanks to|after|après|from|worth|d['’]une valeur)\b",
    re.I,
)


class Role(StrEnum):
    """What a sum is in its sentence."""

    STATED = "stated"
    CUMULATIVE = "cumulative"
    TARGET = "target"


def role_of(text: str, start: int, end: int) -> Role:
    """The role of the sum read at ``start:end``, from the words around it in its sentence."""
    before = text[max(0, start - _BEFORE) : start]
    for stop in _STOP.finditer(before):
        before = " " * stop.end() + before[stop.end() :]
    before = before.lstrip()
    after = text[end : end + _AFTER]
    if ends := _STOP.search(after):
        after = after[: ends.start()]
    if _is_total(before, after):
        return Role.CUMULATIVE
    return Role.TARGET if _is_goal(before, after) else Role.STATED


def _is_total(before: str, after: str) -> bool:
    match = _TOTAL_BEFORE.search(before)
    if match and (
        not match[0].lower().startswith(("port", "bring", "brought", "push", "tak")) or _TOTAL_BROUGHT.search(match[0])
    ):
        return True
    if _TOTAL_AFTER.search(after):
        return True
    return bool(_IN_ALL.search(after) and (_RAISE.search(before) or _RAISE.search(after)))


def _is_goal(before: str, after: str) -> bool:
    if _CEILING.search(before):
        return True
    match = _GOAL_BEFORE.search(before)
    if match and not _DONE.search(match["between"]):
        return True
    return bool(_GOAL_AFTER.search(after))
