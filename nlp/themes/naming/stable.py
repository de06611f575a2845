"""When a theme changes its name: only when the old one has clearly lost its support among the theme's recent stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlp.themes.naming.words import key, share

SEPARATOR = " · "
_LOST = 0.5
_LEAD = 0.25


def support(name: str, titles: Sequence[str], texts: Sequence[str] = ()) -> float:
    """How much a theme's stories speak of its name [0, 1]: the mean, over the name's parts, of the share of stories that hold
    all words of the part. A story whose title does not, but whose text does, counts half."""
    heads = [key(title) for title in titles]
    whole = [key(text) for text in texts] if len(texts) == len(titles) else heads
    parts = [part for part in name.split(SEPARATOR) if key(part)]
    if not parts:
        return 0.0
    return sum(share(heads, part) + share(whole, part) for part in parts) / (2 * len(parts))


def keeps(old: str, new: str, titles: Sequence[str], texts: Sequence[str] = ()) -> bool:
    """Whether the old name stays. It does unless the new one leads by a quarter of the stories and the old one has less than
    half of the new one's support."""
    if old == new or not new.strip("? "):
        return True
    before, after = support(old, titles, texts), support(new, titles, texts)
    return not (after - before >= _LEAD and before < _LOST * after)


def in_language(by_language: Mapping[str, Sequence[str]] | None, language: str) -> Sequence[str]:
    return (by_language or {}).get(language, ())
