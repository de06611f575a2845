"""The language of a document: French, English, or another that is kept and marked.

py3langid over title and text, among the languages a French or English feed is likely to carry. When the text says little, the
language declared by the document or its source is believed.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

READ = ("fr", "en")
"""The languages the pipelines read. Documents in others are stored, embedded and marked."""

_LIKELY = ("fr", "en", "de", "es", "it", "pt", "nl", "ca", "pl", "ru", "ar", "zh", "ja", "ko")
_READ_CHARS = 600
_FOREIGN_CHARS = 60
_FOREIGN_SCORE = 0.9
_SURE = 0.9


class Language(NamedTuple):
    """An ISO 639-1 code and how sure the identification is (0 to 1)."""

    code: str
    score: float


def identify(title: str, text: str = "", declared: str | None = None) -> Language:
    """The language of a document, ``und`` when there is nothing to read and nothing declared.

    ``declared`` (any BCP 47 tag) wins over an unsure reading; a sure reading wins over it.
    """
    declared = declared.split("-")[0].split("_")[0].lower() if declared else None
    sample = f"{title} {text}"[:_READ_CHARS].strip()
    if not any(char.isalpha() for char in sample):
        return Language(declared or "und", 0.0)
    ranking = _identifier().rank(sample)
    code, score = ranking[0]
    foreign = code not in READ
    if foreign and (score >= _FOREIGN_SCORE or code == declared) and (len(sample) >= _FOREIGN_CHARS or not _is_latin(sample)):
        return Language(code, round(score, 4))
    if declared is not None and declared not in READ:
        known = dict(ranking)
        if known.get(declared, 1.0) > 0.01 or score < _SURE:
            return Language(declared, round(known.get(declared, 0.0), 4))
    shares = {lang: share for lang, share in ranking if lang in READ}
    total = sum(shares.values()) or 1.0
    best = max(READ, key=lambda lang: shares[lang])
    best_score = shares[best] / total
    if declared in READ and best != declared and (best_score < _SURE or foreign):
        return Language(declared, round(shares[declared] / total, 4))
    return Language(best, round(best_score, 4))


def _is_latin(sample: str) -> bool:
    letters = [char for char in sample if char.isalpha()]
    return sum(char < "\u0250" for char in letters) * 2 >= len(letters)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LIKELY))
    return identifier
