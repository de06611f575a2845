"""How an allowance of false alerts becomes a threshold of the score, and back. Pure; shared by the rules and the subscriptions.

With nothing going on, a subject passes the score *h* about once in 10^h days (the average run length of a Shiryaev–Roberts
procedure), so *K* subjects pass it about K·30.44 / 10^h times a month.
"""

from __future__ import annotations

import math

DAYS_A_MONTH = 30.44


def threshold(subjects: int, false_alerts_per_month: float) -> float:
    """The score at which ``subjects`` together give this many false alerts a month: h = log10(K 30.44 / F), never below 0."""
    return max(math.log10(max(subjects, 1) * DAYS_A_MONTH / false_alerts_per_month), 0.0)


def allowance(subjects: int, score: float) -> float:
    """The false alerts a month that a threshold of ``score`` gives over ``subjects``: the inverse of ``threshold``."""
    return max(subjects, 1) * DAYS_A_MONTH / math.pow(10, score)
