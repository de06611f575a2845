"""Decides whether a document belongs to a watch theme: a logistic regression on few readable features, and its reason.

The weights were fitted on the split ``dev`` of ``tests/gold/watch.csv`` (1,300 documents labelled by hand; the shipped lists of
words were revised on them too) by ``scripts/bench/watch.py``, which refits them on any such labels and reports on the split
``test``, labelled after all was fixed. They are settings: nothing here is learned at run time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nlp.themes.config import WatchWeights

FEATURES = ("similarity", "lead_term", "terms", "lead_hint", "hints", "broad_code")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one theme in one document.

    ``similarity`` is a cosine seen from everyday subjects, ``scale`` its standard deviation among these in the same embedder. The
    lead is the title and the first sentence.
    """

    similarity: float
    scale: float = 1.0
    lead_terms: tuple[str, ...] = ()
    later_terms: tuple[str, ...] = ()
    lead_hints: tuple[str, ...] = ()
    later_hints: tuple[str, ...] = ()
    code: str | None = None
    broad_code: str | None = None

    def features(self) -> tuple[float, ...]:
        """Numbers in the order of ``FEATURES``. A count n enters as log2(1 + n): the second term says less than the first."""
        return (
            self.similarity / self.scale,
            float(bool(self.lead_terms)),
            math.log2(1 + len(self.lead_terms) + len(self.later_terms)),
            float(bool(self.lead_hints)),
            math.log2(1 + len(self.lead_hints) + len(self.later_hints)),
            float(self.broad_code is not None),
        )

    def probability(self, weights: WatchWeights) -> float:
        """Of belonging to the theme: 1 / (1 + e^-z), z the weighted sum of the features (Cox, 1958).

        A code that means the theme is a reason by itself, and its share of right decisions the least probability.
        """
        z = weights.intercept + sum(getattr(weights, name) * value for name, value in zip(FEATURES, self.features(), strict=True))
        by_words = 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
        return max(by_words, weights.code) if self.code else by_words

    def reason(self, probability: float) -> str:
        """The decision in words that read the same in French and English."""
        parts = [
            f"{place}: {', '.join(words[:_SHOWN])}"
            for place, words in (
                ("début/lead", (*self.lead_terms, *self.lead_hints)),
                ("suite/text", (*self.later_terms, *self.later_hints)),
            )
            if words
        ]
        if self.code or self.broad_code:
            parts.append(f"code: {self.code or self.broad_code}")
        parts.append(f"cosinus/cosine: {self.similarity:.2f}")
        parts.append(f"p: {probability:.2f}")
        return " · ".join(parts)
