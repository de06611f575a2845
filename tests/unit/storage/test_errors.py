"""The tree of errors is as its drawing says, and carries what callers decide by."""

from __future__ import annotations

import re

import storage.errors as errors
from storage.errors import AppError, DeliveryError, FetchError


def test_the_drawing_names_every_error_at_its_place() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"^([│ ├└─]*)([A-Z]\w+)", line):
            depth = len(match[1]) // 4
            if depth == 0 and match[2] != "AppError":
                continue
            path[depth:] = [match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "Exception"
    defined = {
        name: value.__mro__[1].__name__
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, AppError)
    }
    assert drawn == defined


def test_errors_carry_data() -> None:
    lost = DeliveryError("the reply was lost", outcome="unknown", channel="slack")
    assert (lost.outcome, lost.channel, lost.retry_after_s, str(lost)) == ("unknown", "slack", None, "the reply was lost")
    assert FetchError("no answer", source_id="gazette").source_id == "gazette"
