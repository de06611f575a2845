"""What a sum is in its sentence: stated, a total over time, or a goal.

- **stated**: said to be raised, granted, spent, sold or committed. A commitment of the one who pays is stated whatever the tense:
  « investira 2 Md€ d'ici 2030 », "plans to invest $5bn".
- **cumulative**: a total over several rounds or years: « 45 M€ au total depuis sa création », "bringing total funding to $80m".
- **target**: what someone hopes to raise or reach, and what is forecast: « vise 100 M€ », "aims to raise $50m", « un marché qui
  devrait atteindre 50 Md€ ». A raise that is only planned is a goal: the money is others'. A ceiling (« jusqu'à », "up to")
  is a goal when it is a matter of years or of perhaps (« jusqu'à 2 Md€ d'ici 2030 », "could spend up to $5bn"), else stated
  (« une aide plafonnée à 500 000 € »).
"""

from __future__ import annotations

import re
from enum import StrEnum

_BEFORE, _AFTER = 90, 70  # characters of the sentence that are looked at
_STOP = re.compile(r"[.!?](?=\s)|[\n;|]")
_SPACES = str.maketrans("\u00a0\u202f\u2019", "  '")


class Role(StrEnum):
    """What a sum is in its sentence."""

    STATED = "stated"
    CUMULATIVE = "cumulative"
    TARGET = "target"


def _any(*alternatives: str) -> str:
    return "(?:" + "|".join(alternatives) + ")"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_RAISED = r"(?:lev[ée]e?s?|levait|raised|récolté|collecté|obtenu|reçu|secured|received)"
_TOTAL_BEFORE = _compiled(
    r"\b"
    + _any(
        rf"(?:déjà|already) {_RAISED}\b.{{0,15}}",
        rf"{_RAISED}\b.{{0,25}}\b(?:au total|en tout|in total|a total of|un total de)\b.{{0,20}}",
        r"(?:au total|en tout|in total)\b,?.{0,40}\b(?:lev|raise|récolt|collect)\w*.{0,15}",
        r"total (?:funding|raised|financing|equity|capital raised|fundraising)\b.{0,40}",
        r"(?:total|overall) (?:amount )?raised\b.{0,30}",
        r"total (?:des fonds levés|levé|des levées|des financements)\b.{0,30}",
        r"cumul\w*\b.{0,30}",
        r"to date\b.{0,30}",
        r"total des? (?:capitaux|sommes|montants|fonds|financements|levées)\b.{0,60}",
        r"depuis (?:sa|leur|ses|son) (?:création|fondation|lancement|débuts|origine)\b.{0,40}",
        r"since (?:its|their) (?:inception|founding|launch|creation)\b.{0,40}",
    )
    + r"\W{0,3}$"
)
_BROUGHT_TO = _compiled(
    r"\b(?:port(?:ant|e|er|era|ait|é)\b.{0,60}\bà|(?:bring|push|tak)(?:s|ing|es)?\b.{0,60}\bto|brought\b.{0,60}\bto)\W{0,3}(?:\w+\W){0,2}$"
)
_OF_FUNDS = _compiled(
    r"\b(?:fund|rais|financ|total|capita|lev[ée]|fonds|cumul|invest|montant|secur|pour(?:ed|ing)|collect|récolt|réuni|obten|reçu|receiv|subvention|grant)"
)
_TOTAL_AFTER = _compiled(
    r"^[^,;]{0,35}?"
    + _any(
        r"\bdepuis (?:sa|leur|ses|son|le|la) (?:création|fondation|lancement|débuts?|origine)",
        r"\bsince (?:its|their|the) (?:inception|founding|foundation|launch|creation|start)",
        r"\b(?:depuis|since) (?:19|20)\d\d",
        r"\bso far\b",
        r"\bjusqu'(?:ici|à présent)\b",
        r"\ben cumulé\b|\bcumulés?\b|\bcumulées?\b",
        r"\b(?:in|of) total (?:funding|investment|financing)",
        r"\btotal funding",
        r"\ben plusieurs (?:tours|levées)",
        r"\bacross (?:\w+ )?rounds",
    )
)
_TO_DATE = _compiled(r"^[^,;:]{0,60}\b(?:to date|à ce jour)\b")
_RAISES = _compiled(r"\b(?:lev(?:é|ée|és|ait)|raised|récolté|collecté|secured)\b")
_IN_ALL = _compiled(r"^.{0,25}?\b(?:au total|en tout|in total|overall|all told)\b")

_WANTS = r"(?:veut|veulent|voudrai\w+|compt\w+|prévoi\w+|entend\w*|va|vont|doit|doivent|prépar\w+)"
_MAY = r"(?:devrai\w+|pourrai\w+|doit|doivent|devra|devront|pourra|permettre d')"
_WILL = r"(?:will|could|would|should|may|might|set to|projected to|forecast to|expected to)"
_GET = r"(?:raise|secure|reach|hit|collect|attract|recoup|generate|bring in|grow|exceed|top|surpass|garner|net)"
_GOAL_BEFORE = _compiled(
    r"\b"
    + _any(
        r"(?:table|tablent|mise|misent) sur",
        r"hop(?:es|ing|ed) (?:its|for|that)|(?:is|are) out to",
        r"vis(?:e|ent|ait|ant|er|era)",
        r"ambitionn\w+|ambition",
        r"esp[èé]r\w+|souhait\w+|cherch\w+|en quête",
        r"objectifs?|pour objectif|cibl\w+|cible",
        rf"{_WANTS} (?:de |d')?(?:une )?(?:lev(?:er|ée)|récolter|collecter|réunir|atteindre)",
        r"projett?\w* (?:de )?lever",
        r"(?:afin de|afin d'|pour) ?(?:lever|atteindre|réunir)",
        rf"{_MAY} ?(?:atteindre|représenter|peser|dépasser|s'élever|valoir)",
        r"en vue d'une levée",
        rf"(?:aim|hope?|look|want|intend|tr[yi]|expect)(?:s|ing|ed|es)? to {_GET}",
        r"(?:aim|hop|push)\w* for",
        r"seek(?:s|ing)?|sought|(?-i:target(?:s|ing)?)|ambitions?|goals?|objectives?|in talks",
        r"(?:plan|prepar)(?:s|ned|ning|ing|es)? (?:on |to )?(?:rais\w+|reach\w*|hit\w*|generat\w+)",
        rf"{_WILL} (?:reach|grow|hit|exceed|be worth|surpass|top|total)",
        r"(?:projected|forecast) (?:to|at)",
    )
    + r"\b(?P<between>.{0,55})$"
)
_CEILING = _compiled(
    r"\b"
    + _any(r"jusqu' ?à", "up to", "un maximum de", "au plus", r"plafonn\w+ à", "a maximum of", "capped at")
    + r"\W{0,2}(?:\w+ )?$"
)
_HORIZON = _compiled(
    r"^[^,]{0,40}\b(?:d'ici|by|à l'horizon|before|avant) (?:à |la fin |l'an |the end of |end |late )*(?:20\d\d|dix ans|la fin)"
)
_PERHAPS = _compiled(r"\b(?:pourr\w+|could|might|may|envisag\w+|consider\w*|espèr\w+|hop(?:es|ing)|talks)\b")
_GOAL_AFTER = _compiled(r"^\W{0,3}.{0,22}\b(?:visés?|espérés?|recherchés?|(?-i:target)|goal|objective)\b")
_DONE = _compiled(  # between the word of a goal and the sum: the sum is something else's
    _any(
        r"\b(?:a|ont|avait|has|have|had|was|were|après avoir|vient de|viennent de) ?(?:\w+ )?"
        r"(?:lev|bouclé|obtenu|rais|secur|clos|reçu|investi|receiv|award|grant|annonc|announc)\w*",
        r"\b(?:lève|lèvent|boucle|obtient|raises|secures|closes|lands|bags|investit|investira|invests|alloue|consacr\w+|spends?)\b",
        r"\bto (?:invest|spend|build|buy|acquire)\b",
        r"\b(?:investir|acheter|construire|consacrer|financer|équiper)\b",
        r",|\b(?:says?|said|made|dit|affirme)\b",
        r"\b(?:grâce à|avec|with|thanks to|after|après|from|worth|d'une valeur|estimée?s? à|valued at)\b",
    )
)


def role_of(text: str, start: int, end: int, since: int = 0) -> Role:
    """The role of the sum read at ``start:end``, from its sentence's words around it, after the sum before (``since``)."""
    before = text[max(since, start - _BEFORE) : start].translate(_SPACES)
    *_, before = _STOP.split(before)
    after = _STOP.split(text[end : end + _AFTER].translate(_SPACES), maxsplit=1)[0]
    if _is_total(before, after):
        return Role.CUMULATIVE
    return Role.TARGET if _is_goal(before, after) else Role.STATED


def _is_total(before: str, after: str) -> bool:
    if not _OF_FUNDS.search(before) and not _OF_FUNDS.search(after):
        return False
    if _TOTAL_BEFORE.search(before) or _TOTAL_AFTER.search(after) or _TO_DATE.search(after):
        return True
    if (brought := _BROUGHT_TO.search(before)) and (_OF_FUNDS.search(brought[0]) or _OF_FUNDS.search(after)):
        return True
    return bool(_IN_ALL.search(after) and (_RAISES.search(before) or _RAISES.search(after)))


def _is_goal(before: str, after: str) -> bool:
    if _CEILING.search(before):
        return bool(_HORIZON.search(after) or _PERHAPS.search(before))
    if (goal := _GOAL_BEFORE.search(before)) and not _DONE.search(goal["between"]):
        return True
    return bool(_GOAL_AFTER.search(after))
