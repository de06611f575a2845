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
_GO_ON = r"(?:Continue reading|Continuer la lecture|Poursuivre la lecture|Lire la suite)"
_FIRST = r"(?:originally|first) (?:appeared|published|posted)"
_APPEARED = r"(?:est apparu en premier|est d['’]abord apparu|a été publié en premier) (?:sur |dans )?"


def _call(words: str) -> str:
    """A call that stands alone at the end of a summary."""
    return rf"(?:\s*{_DOTS})?\s*[\[(]?{words}{_END}"


# What must stand in a text for the pattern to be tried: looking for a word is far cheaper.
_TAILS = tuple(
    (words, re.compile(pattern))
    for words, pattern in (
        (
            ("Read ", "READ "),
            _call(r"(?:Read|READ) (?:[Mm]ore|MORE|[Oo]n|(?:[Tt]he )?(?:[Ff]ull|[Rr]est|[Oo]riginal)[^.!?…]{0,60})"),
        ),
        (("Continue ", "Keep "), _call(r"(?:Continue|Keep) [Rr]eading")),
        (("Click here", "Tap here"), _call(r"(?:Click|Tap) here to (?:read|learn|find out) [^.!?…]{0,40}")),
        (("Lire la suite", "LIRE LA SUITE"), _call(r"(?:Lire la suite|LIRE LA SUITE)(?: de l['’]article)?")),
        (("Lire ",), _call(r"Lire (?:plus|davantage|l['’]article(?: complet| entier)?)")),
        (("En savoir", "EN SAVOIR"), _call(r"(?:En savoir|EN SAVOIR) (?:plus|PLUS|\+)")),
        (("Continuer ", "Poursuivre "), _call(r"(?:Continuer|Poursuivre) (?:la|votre) lecture")),
        (("Continue", "Poursuivre", "Lire la suite"), rf"{_DOTS}\s*{_GO_ON}\b.{{1,250}}\Z"),
        (("→", "»", ">"), rf"\b{_GO_ON}\b[^.!?]{{1,250}}?[→»>]\s*\Z"),
        (("The post ",), r"\bThe post (?![a-z])(?:(?!\bThe post ).){1,400}? (?:first appeared|appeared first) on .{1,120}\Z"),
        (
            ("first", "originally"),
            rf"\b(?:This|The) (?:article|story|post) (?:was )?{_FIRST} (?:on|in|at|by) [^.!?]{{1,120}}\.?\s*\Z",
        ),
        (
            ("apparu", "publié en premier"),
            rf"\b(?:L['’]article|Cet article|Ce billet) (?:(?!\bL['’]article ).){{0,400}}?{_APPEARED}.{{1,120}}\Z",
        ),
        (("Comments URL",), r"\bArticle URL: \S+ Comments URL: \S+(?: Points: \d+ # Comments: \d+)?\s*\Z"),
        (("submitted by",), r"\bsubmitted by /?u/\S+(?: to /?r/\S+)?(?: \[link\])?(?: \[comments\])?\s*\Z"),
        (("Comm", "Permalink"), r"\A(?:Comments|Commentaires|Permalink)\Z"),
    )
)
_ELLIPSIS = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\))\s*\Z")


def language(tag: str | None) -> str | None:
    """The primary language of a tag: ``fr-FR`` → ``fr``."""
    match = re.match(r"[a-zA-Z]{2,3}(?![a-zA-Z])", tag or "")
    return match[0].lower() if match else None


def text_of(raw: str | None) -> str:
    """The plain text of a summary or body, without the site's own phrases around it."""
    return without_wrapping(plain_text(raw)) if raw else ""


def without_wrapping(text: str) -> str:
    """A plain text without affiliate addresses and without the phrases that end it on many sites."""
    if ("://" in text or "=" in text or "www." in text) and _AFFILIATE.search(text):
        text = " ".join(word for word in text.split(" ") if not _AFFILIATE.search(word))
    for _ in range(_CUTS):
        tail = text[-_TAIL:]
        cut = _cut(tail)
        if cut is None:
            break
        text = text[: len(text) - len(tail) + cut].rstrip()
    return _ELLIPSIS.sub("…", text) if text.endswith(("]", ")")) else text


def _cut(tail: str) -> int | None:
    for words, pattern in _TAILS:
        for word in words:
            if word in tail:
                if (found := pattern.search(tail)) is not None:
                    return found.start()
                break
    return None


def title_of(raw: str | None, text: str, *others: object) -> str:
    """The title of an entry; where it has none, the beginning of its text, else the first of ``others`` that says anything.

    Empty where nothing does: such an item is no document.
    """
    title = plain_text(raw, MAX_TITLE) or shorten(text, TITLE_FROM_TEXT)
    return title or next((plain_text(str(other), MAX_TITLE) for other in others if other), "")
