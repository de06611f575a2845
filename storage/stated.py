"""What a source states in fields of its own beside the text: parties, amounts, places, programme, identifiers.

Collectors fill it, it is kept as JSON in ``Document.extra["stated"]``, and ``nlp.facts`` makes facts of it. Nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

PartyRole = Literal["applicant", "beneficiary", "coordinator", "partner", "buyer", "winner", "funder", "institution"]
AmountRole = Literal["awarded", "cost", "budget", "estimate", "raised"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organisation as the source names it. Persons are not parties."""

    name: str
    role: PartyRole
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    area: str | None = None
    """NUTS or INSEE code."""
    register_id: str | None = None
    """Number in a public register, as ``siren:…`` or ``ror:…``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAmount:
    """A sum in the units of its currency; ``raw`` is what stood in the field. No currency given means none assumed."""

    number: float
    raw: str
    role: AmountRole
    currency: str | None = None
    """ISO 4217."""
    party: str | None = None
    """Name of the party that gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A territory by its code."""

    scheme: Literal["iso", "nuts", "insee_departement", "insee_region"]
    code: str
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """All that a source states of one document."""

    parties: tuple[Party, ...] = ()
    amounts: tuple[StatedAmount, ...] = ()
    places: tuple[Place, ...] = ()
    programme: str | None = None
    ids: Mapping[str, str] | None = None
    """Identifiers by scheme: doi, arxiv, hal, openalex, family, publication, notice, project …"""

    def __bool__(self) -> bool:
        return bool(self.parties or self.amounts or self.places or self.programme or self.ids)

    def as_json(self) -> dict[str, Any]:
        """A JSON object; what is empty is left out."""
        found: dict[str, Any] = _filled(asdict(self))
        return found


_READER = TypeAdapter(Stated)


def read_stated(extra: Mapping[str, Any]) -> Stated:
    """What ``Stated.as_json`` wrote into a document's ``extra``; empty for none, and for anything else."""
    value = extra.get("stated")
    if not isinstance(value, Mapping):
        return Stated()
    try:
        stated = _READER.validate_python(value)
    except ValidationError:
        return Stated()
    return stated if all(math.isfinite(amount.number) for amount in stated.amounts) else Stated()


def _filled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item) for key, item in value.items() if item not in (None, "", (), [], {})}
    if isinstance(value, list | tuple):
        return [_filled(item) for item in value]
    return value
