"""The words of an entry, without what its site wraps around them: calls to read on, affiliate addresses. Pure.

Only set phrases at the very end of a text are cut, and only as a site writes them: a sentence that speaks of reading more stays.
"""

from __future__ import annotations

import re

from crawler.normalize import MAX_TITLE, plain_text, shorten

TITLE_FROM_TEXT = 120
_TAIL = 700
_CUTS = 4

_AFFILIATE = re.compile(
    r"(?:redirectingat|skimresources|viglink|awin1|shareasale|linksynergy|tradedoubler|effiliation|anrdoezrs|dpbolvw|jdoqocy|tkqlhce"
    r"|kqzyfj|doubleclick|feedsportal|feedburner)\.(?:com|net)\b|\b(?:pxf\.io|prf\.hn|pixel\.wp\.com|stats\.wordpress\.com)/"
    r"|[?&;](?:xcust|clickref|cjevent|awc|afftrack)=",
    re.IGNORECASE,
)
_DOTS = r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])"
_END = r"\s*(?:[.…»→>)\]]|\.\.\.)*\s*\Z"
_CALLS = (  # as they stand alone at the end of a summary
    r"(?:Read|READ) (?:[Mm]ore|MORE|[Oo]n|(?:[Tt]he )?(?:[Ff]ull|[Ww]hole|[Rr]est|[Oo]riginal)[^.!?…]{0,60})",
    r"(?:Continue|Keep) [Rr]eading",
    r"(?:Click|Tap) here to (?:read|learn|find out) [^.!?…]{0,40}",
    r"(?:Lire|LIRE) (?:(?:la suite|LA SUITE)(?: de l['’]article)?|plus|davantage|l['’]article(?: complet| entier)?)",
    r"(?:En savoir|EN SAVOIR) (?:plus|PLUS|\+)",
    r"(?:Continuer|Poursuivre) (?:la|votre) lecture",
)
_GO_ON = r"(?:Continue reading|Continuer la lecture|Poursuivre la lecture|Lire la suite)"
_FIRST = r"(?:originally|first) (?:appeared|published|posted)"
_APPEARED = r"(?:est apparu en premier|est d['’]abord apparu|a été publié en premier)"
_SENTENCES = (
    rf"{_DOTS}\s*{_GO_ON}\b.{{1,250}}\Z",
    rf"\b{_GO_ON}\b[^.!?]{{1,250}}?[→»>]\s*\Z",
    r"\bThe post (?:(?!\bThe post ).){1,400}? (?:first appeared|appeared first) on .{1,120}\Z",
    rf"\b(?:This|The) (?:article|story|post) (?:was )?{_FIRST} (?:on|in|at|by) [^.!?]{{1,120}}\.?\s*\Z",
    rf"\b(?:L['’]article|Cet article|Ce billet) (?:(?!\bL['’]article ).){{0,400}}?{_APPEARED} (?:sur |dans )?.{{1,120}}\Z",
    r"\bArticle URL: \S+ Comments URL: \S+(?: Points: \d+ # Comments: \d+)?\s*\Z",
    r"\bsubmitted by /?u/\S+(?: to /?r/\S+)?(?: \[link\])?(?: \[comments\])?\s*\Z",
    r"\A(?:Comments|Commentaires|Permalink)\Z",
)
_TAILS = tuple(re.compile(pattern) for pattern in (*(rf"(?:\s*{_DOTS})?\s*[\[(]?{call}{_END}" for call in _CALLS), *_SENTENCES))
_HINT = re.compile(r"read|more|lire|lecture|savoir|appeared|apparu|publi|posted|comment|submitted|permalink", re.IGNORECASE)
_ELLIPSIS = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\))\s*\Z")


def text_of(raw: str | None) -> str:
    """The plain text of a summary or body, without the site's own phrases around it."""
    return without_wrapping(plain_text(raw)) if raw else ""


def without_wrapping(text: str) -> str:
    """A plain text without affiliate addresses and without the phrases that end it on many sites."""
    if ("." in text or "=" in text) and _AFFILIATE.search(text):
        text = " ".join(word for word in text.split(" ") if not _AFFILIATE.search(word))
    for _ in range(_CUTS):
        tail = text[-_TAIL:]
        if not _HINT.search(tail):
            break
        cut = next((found.start() for pattern in _TAILS if (found := pattern.search(tail)) is not None), None)
        if cut is None:
            break
        text = text[: len(text) - len(tail) + cut].rstrip()
    return _ELLIPSIS.sub("…", text) if text.endswith(("]", ")")) else text


def title_of(raw: str | None, text: str, *others: object) -> str:
    """The title of an entry; where it has none, the beginning of its text, else the first of ``others`` that says anything.

    Empty where nothing does: such an item is no document.
    """
    title = plain_text(raw, MAX_TITLE) or shorten(text, TITLE_FROM_TEXT)
    return title or next((plain_text(str(other), MAX_TITLE) for other in others if other), "")
