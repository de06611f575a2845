"""The sums inside a notice's ``donnees``, whose shape changed over the years: eForms (UBL) since 2023, its own before. Pure.

Known by the last name that leads to them and by the parts above it. Offers of those who lost, guarantees, penalties and turnovers
are not sums of the market. The currency is the one that stands beside the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from crawler.collectors import stating
from crawler.collectors.stating import text_of
from storage.stated import AmountRole, StatedAmount

_MOST_NODES = 50_000
_DEEPEST = 40
_MOST_SUMS = 20
_AWARD_PART = re.compile(r"attribu|decision|titulaire|result|award|settledcontract|lottender")
_OTHER_PART = re.compile(
    r"caution|garantie|guarantee|penalit|chiffreaffaires|turnover|capital|soustrait|subcontract|lowertender|highertender"
    r"|frais|document|prime|indemnit|revenue"
)
_ESTIMATES = frozenset(
    [
        *("valeur", "valeurestimee", "valeurtotale", "valeurtotaleestimee", "valeurmaximale", "valtotal", "valestimatedtotal"),
        *("montant", "montanttotal", "montantestime", "montantmaximum", "estimation", "estimatedoverallcontractamount"),
        *("maximumvalueamount", "overallmaximumframeworkcontractsamount", "frameworkmaximumamount"),
    ]
)
_TOTAL = "totalamount"
_AWARDS = frozenset(
    ["montant", "montantht", "montanttotal", "montantattribue", "valeur", "valeurtotale", "valtotal", "payableamount", _TOTAL]
)
_NUMBER_KEYS = ("text", "value", "valeur", "montant", "content", "")
_CURRENCY_KEYS = ("currencyid", "devise", "currency", "monnaie")
_CODE = re.compile(r"[A-Z]{3}")

Path = tuple[str, ...]


def sums(data: Any, winners: Sequence[str], *, is_award: bool) -> tuple[StatedAmount, ...]:
    """The sums of a notice: ``awarded`` those of an award's results, ``estimate`` the others. Each once."""
    found: dict[tuple[AmountRole, float, str | None], StatedAmount] = {}
    totals: set[tuple[AmountRole, float, str | None]] = set()
    lost = _offers_that_lost(data)
    for path, node in nodes(data):
        name = path[-1] if path else ""
        if name not in _ESTIMATES | _AWARDS or id(node) in lost or any(_OTHER_PART.search(part) for part in path):
            continue
        is_result = is_award and name in _AWARDS and any(_AWARD_PART.search(part) for part in path[:-1])
        if not is_result and name not in _ESTIMATES:
            continue
        number, currency = _written(node)
        role: AmountRole = "awarded" if is_result else "estimate"
        read = stating.amount(number, role, currency=currency, to=winners[0] if is_result and len(winners) == 1 else None)
        if read is not None:
            key = (role, read.number, read.currency)
            found.setdefault(key, read)
            if name == _TOTAL:
                totals.add(key)
    return tuple(
        read
        for key, read in found.items()
        if (not totals or key in totals or key[0] != "awarded")  # its parts and lots beside the total of all
        and (key[2] is not None or not any(other[:2] == key[:2] and other[2] for other in found))
    )[:_MOST_SUMS]


def nodes(data: Any) -> Iterator[tuple[Path, Any]]:
    """Every node of a JSON tree, in its order, with the names that lead to it, bare of prefix and punctuation. Bounded."""
    waiting: list[tuple[Path, Any]] = [((), data)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        path, node = waiting.pop()
        yield path, node
        if len(path) > _DEEPEST:
            continue
        if isinstance(node, dict):
            waiting += reversed([((*path, _bare(key)), item) for key, item in node.items()])
        elif isinstance(node, list):
            waiting += [(path, item) for item in reversed(node)]


def _written(node: Any) -> tuple[object, str | None]:
    """The number in a node and the currency beside it."""
    if not isinstance(node, dict):
        return node, None
    parts = {_bare(key): item for key, item in node.items()}
    code = next((text for key in _CURRENCY_KEYS if (text := text_of(parts.get(key), 10).upper())), "")
    number = next((parts[key] for key in _NUMBER_KEYS if isinstance(parts.get(key), str | int | float)), None)
    return number, code if _CODE.fullmatch(code) else None


def _offers_that_lost(data: Any) -> set[int]:
    """The sums (by ``id``) of tenders that no contract settles, where the notice names those that one does."""
    won = {text_of(_written(node)[0]) for path, node in nodes(data) if path[-3:] == ("settledcontract", "lottender", "id")}
    lost: set[int] = set()
    for path, node in nodes(data):
        if won and path[-1:] == ("lottender",) and isinstance(node, dict):
            own = next((text_of(_written(item)[0]) for key, item in node.items() if _bare(key) == "id"), "")
            if own not in won:
                lost |= {id(item) for inner, item in nodes(node) if inner[-1:] == ("payableamount",)}
    return lost


def _bare(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.split(":")[-1].casefold())
