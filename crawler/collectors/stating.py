"""Parts of what a French record states, each checked: organisations, register numbers, régions, départements, sums. Pure.

What fails its check is left out, never guessed. Persons are not parties.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from crawler.amounts import read_amount
from crawler.normalize import plain_text
from storage.stated import AmountRole, Party, PartyRole, Place, StatedAmount

_PERSON = re.compile(r"(?:m|mm|mme|mlle|mr|mrs|ms|dr|pr|me|monsieur|madame|mademoiselle|docteur|ma[iî]tre)\.?\s", re.IGNORECASE)
_NOBODY = frozenset(["non communique", "non renseigne", "neant", "sans objet", "infructueux", "nc", "n/a", "na", "null", "none"])
_DEPARTEMENT = re.compile(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[678]")
# Régions of INSEE's code officiel géographique, and those that became parts of them in 2016.
_REGIONS: Mapping[str, str] = {
    name: code
    for code, names in {
        "01": "guadeloupe",
        "02": "martinique",
        "03": "guyane,guyane francaise",
        "04": "la reunion,reunion",
        "06": "mayotte",
        "11": "ile de france",
        "24": "centre val de loire,centre",
        "27": "bourgogne franche comte,bourgogne,franche comte",
        "28": "normandie,basse normandie,haute normandie",
        "32": "hauts de france,nord pas de calais,picardie,nord pas de calais picardie",
        "44": "grand est,alsace,lorraine,champagne ardenne,alsace champagne ardenne lorraine",
        "52": "pays de la loire",
        "53": "bretagne",
        "75": "nouvelle aquitaine,aquitaine,limousin,poitou charentes,aquitaine limousin poitou charentes",
        "76": "occitanie,midi pyrenees,languedoc roussillon,languedoc roussillon midi pyrenees",
        "84": "auvergne rhone alpes,auvergne,rhone alpes",
        "93": "provence alpes cote d azur,provence alpes cote azur,paca,region sud,sud",
        "94": "corse",
    }.items()
    for name in names.split(",")
}


def text_of(value: object, limit: int = 500) -> str:
    """The text of a field, plain and cut; the first of a list; a whole number as its digits. Empty for everything else."""
    if isinstance(value, list):
        value = next((item for item in value if item not in (None, "")), None)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain_text(str(value), limit) if isinstance(value, str | int) else ""


def texts_of(value: object, limit: int = 500) -> list[str]:
    """The texts of a field that is one text or a list of them, each once, in order."""
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(text for item in items if (text := text_of(item, limit))))


def party(
    name: object, role: PartyRole, *, country: str | None = None, area: str | None = None, siren: object = None
) -> Party | None:
    """The organisation a field names. None for an empty field, « non communiqué » and what is a person's name or mail."""
    text = plain_text(name, 200) if isinstance(name, str) else ""
    if not any(char.isalpha() for char in text) or "@" in text or _PERSON.match(text) or _folded(text) in _NOBODY:
        return None
    return Party(name=text, role=role, country=country, area=area, register_id=siren_of(siren))


def siren_of(value: object) -> str | None:
    """``siren:…`` of a SIREN or SIRET number whose check digit is right."""
    digits = re.sub(r"\D", "", str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if len(digits) not in (9, 14):
        return None
    siren = digits[:9]
    doubled = [int(digit) * (2 if i % 2 else 1) for i, digit in enumerate(siren)]
    return f"siren:{siren}" if sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0 and int(siren) else None


def departement(value: object) -> Place | None:
    """The département of an INSEE code: ``44``, ``1`` for 01, ``2A``, ``974``."""
    raw = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    code = raw.upper().zfill(2)
    return Place(scheme="insee_departement", code=code, raw=raw) if _DEPARTEMENT.fullmatch(code) else None


def region(value: object) -> Place | None:
    """The région a field names or gives the INSEE code of; a name from before 2016 is the région it became a part of."""
    raw = plain_text(value, 100) if isinstance(value, str) else ""
    folded = re.sub(r"^region ", "", _folded(raw)) if _folded(raw) != "region sud" else "sud"
    code = raw if raw in _REGIONS.values() else _REGIONS.get(folded)
    return Place(scheme="insee_region", code=code, raw=raw) if code else None


def amount(
    value: object, role: AmountRole, *, currency: str | None = None, factor: float = 1.0, to: str | None = None
) -> StatedAmount | None:
    """The sum in a field; ``currency`` and ``factor`` are those its column declares, a currency written in it wins.

    None for what is no sum, and for zero, which says that none is told.
    """
    read = read_amount(value)
    if read is None or read.number == 0:
        return None
    number = float(f"{read.number * factor:.15g}")
    return StatedAmount(number=number, raw=read.raw, role=role, currency=read.currency or currency, party=to)


def _folded(text: str) -> str:
    flat = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9/]+", " ", flat).split()) or text.strip()
