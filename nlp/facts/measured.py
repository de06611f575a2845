"""Amounts and quantities of a text as facts: the text's numbers are read once for both.

Promises facts without document and pipeline, which the step adds.
"""

from __future__ import annotations

import datetime as dt

from nlp.facts import amounts, quantities
from nlp.facts.numbers import read_numbers
from nlp.facts.rates import Rates
from storage.model import Fact


def measured_facts(text: str, language: str, on: dt.date | None, rates: Rates) -> list[Fact]:
    """The amounts and quantities of a text, in reading order; ``on`` is the day whose rate gives the value in euros."""
    numbers = read_numbers(text, language)
    found = [
        _fact(amounts.KIND, amount, amount.currency, text, eur=amount.eur, role=amount.role.value)
        for amount in amounts.read_amounts(text, language, on, rates=rates, numbers=numbers)
    ]
    found += [
        _fact(quantities.KIND, quantity, quantity.unit, text, role=quantity.role)
        for quantity in quantities.read_quantities(text, language, numbers=numbers)
    ]
    return sorted(found, key=lambda fact: (fact.start, fact.end, fact.kind, fact.value))


def _fact(
    kind: str, read: amounts.Amount | quantities.Quantity, unit: str, text: str, *, role: str | None, eur: float | None = None
) -> Fact:
    return Fact(
        document_id="",
        kind=kind,
        value=read.value,
        matched=text[read.start : read.end],
        start=read.start,
        end=read.end,
        pipeline="",
        number=read.number,
        unit=unit,
        low=read.low,
        eur=eur,
        role=role,
    )
