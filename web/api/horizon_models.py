"""The shapes of ``/api/v1/perspective`` and ``/api/v1/prospective``. Fields are added, never renamed."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from web.api.models import ThemeOut
from web.horizons import Coming, Going
from web.periods import Period


class PeriodOut(BaseModel):
    """A month or quarter of a long series."""

    start: dt.date
    months: int = Field(description="1 or 3.")
    stories: int
    covered: int = Field(description="Stories of any theme collected from the theme's usual sources.")
    gap: bool = Field(description="Next to nothing was collected: the count then says nothing.")
    partial: bool = Field(description="Not over on the last assessed day.")

    @classmethod
    def of(cls, period: Period) -> PeriodOut:
        return cls(
            start=period.start,
            months=period.months,
            stories=period.stories,
            covered=period.covered,
            gap=period.is_gap,
            partial=period.partial,
        )


class GoingOut(BaseModel):
    """A theme in trend or transition, with up to ten years of its series."""

    theme: ThemeOut
    periods: list[PeriodOut]

    @classmethod
    def of(cls, going: Going) -> GoingOut:
        return cls(theme=ThemeOut.of(going.row), periods=[PeriodOut.of(period) for period in going.periods])


class ComingOut(BaseModel):
    """A weak signal or rupture, with its place among them. Nothing is extrapolated."""

    place: int = Field(description="1 for the first: by the sum of the two ranks; equals share a place.")
    surprise: float = Field(description="Score over threshold: 1 is what an alert needs.")
    surprise_rank: int
    scarcity_rank: int = Field(description="1 for the fewest stories in 28 days, then the fewest sources.")
    theme: ThemeOut

    @classmethod
    def of(cls, coming: Coming) -> ComingOut:
        return cls(
            place=coming.place,
            surprise=coming.surprise,
            surprise_rank=coming.surprise_rank,
            scarcity_rank=coming.scarcity_rank,
            theme=ThemeOut.of(coming.row),
        )


class PerspectivePage(BaseModel):
    """Some trends and transitions; ``next_cursor`` asks for the following ones, null at the end."""

    day: dt.date | None = Field(description="The last assessed day.")
    items: list[GoingOut]
    next_cursor: str | None


class ProspectivePage(BaseModel):
    """Some weak signals and ruptures; ``next_cursor`` asks for the following ones, null at the end."""

    day: dt.date | None = Field(description="The last assessed day.")
    items: list[ComingOut]
    next_cursor: str | None
