"""Words that say nothing about a subject, French and English: spaCy's lists and the press's own furniture."""

from __future__ import annotations

from spacy.lang.en.stop_words import STOP_WORDS as _ENGLISH
from spacy.lang.fr.stop_words import STOP_WORDS as _FRENCH

# fmt: off
_FURNITURE = frozenset((
    "read", "more", "image", "photo", "photos", "illustration", "via", "getty", "images", "credit", "said", "says",
    "new", "news", "report", "reports", "today", "year", "years", "week", "ans", "an", "année", "années", "semaine",
    "mois", "nouveau", "nouvelle", "nouveaux", "nouvelles", "selon", "également", "afin", "ainsi", "annonce",
    "annoncé", "euros", "million", "millions", "milliard", "milliards", "billion",
))
# fmt: on
_WORDS = _ENGLISH | _FRENCH | _FURNITURE
# words are split at apostrophes, so their halves are stop words too
STOP_WORDS: frozenset[str] = frozenset(part for word in _WORDS for part in word.replace("’", "'").split("'") if part) | _WORDS
