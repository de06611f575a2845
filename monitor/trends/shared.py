"""What all rows share over the days: the common dispersion by week, and what a theme without any story would remember.

With it, the rows that were counted anew can be scored again on their own, from their first story on, as if they had been there
from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Shared:
    """``pools`` by week; ``volumes`` [sources known that day] by day; the others by day too, of a row that never had a story."""

    volumes: list[np.ndarray] = field(default_factory=list)
    pools: list[np.ndarray] = field(default_factory=list)
    rise: list[np.ndarray] = field(default_factory=list)
    fall: list[np.ndarray] = field(default_factory=list)
    fall_cusum: list[np.ndarray] = field(default_factory=list)
    fall_since: list[np.ndarray] = field(default_factory=list)

    def arrays(self) -> dict[str, np.ndarray]:
        """One array a list, the days or weeks first."""
        return {name: np.array(getattr(self, name)) for name in self.__slots__ if name != "volumes"} | {"volumes": self.volume()}

    def volume(self, days: int | None = None, sources: int | None = None) -> np.ndarray:
        """[days, sources] stories collected, of the last ``days`` or of all; zero for sources not known then."""
        chosen = self.volumes if days is None else self.volumes[-days:]
        width = sources or max((len(day) for day in chosen), default=0)
        out = np.zeros((len(chosen), width), np.float32)
        for place, day in enumerate(chosen):
            out[place, : len(day)] = day
        return out

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> Shared:
        """Back from ``arrays``."""
        return cls(**{name: list(arrays[name]) for name in cls.__slots__})
