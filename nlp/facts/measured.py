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
        Fact(
            document_id="",
            kind=amounts.KIND,
            value=amount.value,
            matched=text[amount.start : amount.end],
            start=amount.start,
            end=amount.end,
            pipeline="",
            number=amount.number,
            unit=amount.currency,
            low=amount.low,
            eur=amount.eur,
            role=amount.role.value,
        )
        for amount in amounts.read_amounts(text, language, on, rates=rates, numbers=numbers)
    ]
    found += [
        Fact(
            document_id="",
            kind=quantities.KIND,
            value=quantity.value,
            matched=text[quantity.start : quantity.end],
            start=quantity.start,
            end=quantity.end,
            pipeline="",
            number=quantity.number,
            unit=quantity.unit,
            low=quantity.low,
            role=quantity.role,
        )
        for quantity in quantities.read_quantities(text, language, numbers=numbers)
    ]
    return sorted(found, key=lambda fact: (fact.start, fact.end, fact.kind, fact.value))
