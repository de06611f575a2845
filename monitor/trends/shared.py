"""What all rows share over the days: the common dispersion by week, and what a theme without any story would remember.

With it, the rows that were counted anew can be scored again on their own, from their first story on, as if they had been there
from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Shared:
    """``pools`` by week; the others by day of the series, of a row that never had a story."""

    pools: list[np.ndarray] = field(default_factory=list)
    rise: list[np.ndarray] = field(default_factory=list)
    fall: list[np.ndarray] = field(default_factory=list)
    fall_cusum: list[np.ndarray] = field(default_factory=list)
    fall_since: list[np.ndarray] = field(default_factory=list)

    def arrays(self) -> dict[str, np.ndarray]:
        """One array a list, the days or weeks first."""
        return {name: np.array(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> Shared:
        """Back from ``arrays``."""
        return cls(**{name: list(arrays[name]) for name in cls.__slots__})
