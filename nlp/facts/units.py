"""Units of physical quantities as written in French and English, and what they are in the one unit a sort is stored in.

Kept apart from the reading so that a unit is added in one line. Prefixes and conversions are pint's tables, not ours; only
spellings are brought to its own here. (quantulum3, which reads whole texts, knows English only and guesses units.)
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pint

# canonical unit -> what pint calls it. VA is kept apart from W: apparent power is not power.
CANONICAL = {"W": "watt", "Wh": "watt_hour", "VA": "volt_ampere", "m2": "meter**2", "m3": "meter**3", "t": "metric_ton"}

_PREFIXES = "kilo|m[ée]ga|giga|t[ée]ra"
SYMBOLS = (  # group, pattern of what is written; the canonical unit follows from the dimension
    ("Wh", r"[kMGT]W[.·]?h"),
    ("Wh", rf"(?:{_PREFIXES})watts?[- ]?(?:heures?|hours?)|Wh|wattheures?|watt-hours?"),
    ("W", r"[kMGT]W(?:e|c|p|el|th|dc|DC|it|IT)?|W"),
    ("W", rf"(?:{_PREFIXES})?watts?(?:[- ]?cr[êe]te|[- ]peak)?"),
    ("VA", rf"[kMG]VA|(?:{_PREFIXES})?volt[- ]?amp[èe]res?"),
    ("m2", r"m²|m2|m\^2|m[èe]tres?[ -]carr[ée]s?|square[- ](?:met(?:re|er)s?)|sq\.? ?m|sqm"),
    ("m2", r"km²|km2|kilom[èe]tres?[ -]carr[ée]s?|square[- ]kilomet(?:re|er)s?|sq\.? ?km"),
    ("m2", r"hectares?|ha"),
    ("m2", r"acres?|square[- ](?:feet|foot)|sq\.? ?ft|square[- ]miles?"),
    ("m3", r"m³|m3|m[èe]tres?[ -]cubes?|cubic[- ]met(?:re|er)s?"),
    ("m3", r"(?:hecto)?lit(?:re|er)s?|hl|hL"),
    ("t", r"(?:kilo|m[ée]ga|giga)?tonnes?|metric tons?|tons|(?<=-)ton|kt|Mt|(?<![\w-])t"),
    ("t", r"kilogram(?:me)?s?|kilos?|kg"),
)
_SPELLINGS = (  # to pint's own names
    (re.compile(r"watts?[- ]?(?:heures?|hours?)"), "watt_hour"),
    (re.compile(r"(?<=W)[.·](?=h)"), ""),
    (re.compile(r"(?<=W)(?:e|c|p|el|th|dc|it)$", re.I), ""),
    (re.compile(r"watts?(?:[- ]?crete|[- ]peak)?$"), "watt"),
    (re.compile(r"volt[- ]?amperes?"), "volt_ampere"),
    (re.compile(r"^(?:metres?[ -]carres?|square[- ]met(?:re|er)s?|m2|m\^2|sq\.? ?m|sqm)$"), "meter**2"),
    (re.compile(r"^(?:kilometres?[ -]carres?|square[- ]kilomet(?:re|er)s?|km2|sq\.? ?km)$"), "kilometer**2"),
    (re.compile(r"^(?:square[- ](?:feet|foot)|sq\.? ?ft)$"), "foot**2"),
    (re.compile(r"^square[- ]miles?$"), "mile**2"),
    (re.compile(r"^(?:metres?[ -]cubes?|cubic[- ]met(?:re|er)s?|m3)$"), "meter**3"),
    (re.compile(r"^kt$"), "kilotonne"),  # pint's kt is the knot
    (re.compile(r"^(?:metric )?tons?$"), "metric_ton"),  # the press writes "tons" for both; metric in Europe, 10 % apart
    (re.compile(r"^(?:kilogrammes?|kilos?)$"), "kilogram"),
)


@cache
def _registry() -> pint.UnitRegistry[float]:
    return pint.UnitRegistry(cache_folder=None)


@cache
def factor(written: str, unit: str) -> float:
    """How many ``unit`` (a canonical one) one of the unit ``written`` is. Raises pint's errors for what is no such unit."""
    name = unicodedata.normalize("NFKD", written) if "²" not in written and "³" not in written else written
    name = "".join(character for character in name if not unicodedata.combining(character))
    for pattern, own in _SPELLINGS:
        name = pattern.sub(own, name)
    return float(f"{_registry().Quantity(1.0, name).to(CANONICAL[unit]).magnitude:.12g}")
