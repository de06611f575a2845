"""Watch themes: what a person declared and must never be missed. Reads ``themes.toml`` and decides membership, with the reason.

A document joins by a patent code, by terms and meaning together, or by meaning alone. It may join several watch themes.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from nlp.embedders.base import Embedder
from nlp.themes.config import ThemeSettings
from nlp.words import PhraseIndex
from storage.errors import ConfigError
from storage.themes import EmbeddedStory

_SHIPPED = Path(__file__).with_name("watch.toml")
_CODE_PROBABILITY = 0.95


class WatchTheme(BaseModel):
    """One entry of the watch list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    label_fr: str = Field(min_length=1)
    label_en: str = Field(min_length=1)
    description_fr: str = Field(min_length=1)
    description_en: str = Field(min_length=1)
    terms_fr: tuple[str, ...] = ()
    terms_en: tuple[str, ...] = ()
    codes: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...] = ()

    def digest(self) -> str:
        """Changes when anything that decides membership changes."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=8).hexdigest()


def watch_list(path: Path | None = None) -> list[WatchTheme]:
    """The declared themes. Raises ConfigError naming the file and the theme that is wrong."""
    source = path or _SHIPPED
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"cannot read the watch list {source}: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the watch list {source} is not valid TOML: {exc}") from exc
    unknown = set(data) - {"theme"}
    if unknown:
        raise ConfigError(f"the watch list {source} has an unknown key '{sorted(unknown)[0]}': write [[theme]] entries only")
    entries: Any = data.get("theme", [])
    if not isinstance(entries, list):
        raise ConfigError(
            f"the watch list {source} has no list of themes: write each under its own [[theme]], in double brackets"
        )
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(WatchTheme.model_validate(entry))
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"the watch list {source}, theme number {number}: {where}: {first['msg']}") from exc
    twice = [name for name, n in Counter(theme.id for theme in found).items() if n > 1]
    if twice:
        raise ConfigError(f"the watch list {source} declares '{twice[0]}' twice: give each theme its own id")
    return found


@dataclass(frozen=True, slots=True)
class Joined:
    """A document's membership of a watch theme."""

    theme_id: str
    probability: float
    reason: str


class WatchModel:
    """Decides which watch themes a document joins. Learned once from the declarations, then frozen."""

    def __init__(self, themes: Sequence[WatchTheme], settings: ThemeSettings) -> None:
        self.themes = list(themes)
        self.settings = settings

    def fit(self, embedder: Embedder) -> WatchModel:
        """Embeds the descriptions and indexes the terms."""
        texts = [text for theme in self.themes for text in (theme.description_fr, theme.description_en)]
        self.prototypes_ = embedder.embed(texts).reshape(len(self.themes), 2, embedder.dimension)
        self.index_ = PhraseIndex([(term, theme.id) for theme in self.themes for term in (*theme.terms_fr, *theme.terms_en)])
        return self

    def join(self, stories: Sequence[EmbeddedStory]) -> list[list[Joined]]:
        """For each story, the watch themes it joins; often none."""
        if not stories or not self.themes:
            return [[] for _ in stories]
        vectors = np.stack([story.vector for story in stories])
        similar = np.einsum("nd,tpd->ntp", vectors, self.prototypes_).max(axis=2)
        return [self._decide(story, similar[i]) for i, story in enumerate(stories)]

    def _decide(self, story: EmbeddedStory, similar: np.ndarray) -> list[Joined]:
        in_title = self._terms(story.title)
        in_text = self._terms(story.text)
        found = []
        for theme, cosine in zip(self.themes, similar.tolist(), strict=True):
            code = _matching_code(story.codes, theme.codes)
            if code:
                found.append(Joined(theme.id, _CODE_PROBABILITY, f"code {code}"))
                continue
            title, text = in_title.get(theme.id, ()), in_text.get(theme.id, ())
            terms = sorted({*title, *text})
            if (title or len(terms) > 1) and cosine >= self.settings.watch_title_term:
                found.append(Joined(theme.id, _probability(cosine, 0.75), _reason(terms, cosine)))
            elif terms and cosine >= self.settings.watch_with_term:
                found.append(Joined(theme.id, _probability(cosine, 0.6), _reason(terms, cosine)))
            elif cosine >= self.settings.watch_alone:
                found.append(Joined(theme.id, _probability(cosine, 0.3), _reason((), cosine)))
        return found

    def _terms(self, text: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for match in self.index_.find(text):
            found.setdefault(match.value, set()).add(text[match.start : match.end].lower())
        return {theme: tuple(sorted(words)) for theme, words in found.items()}


def _matching_code(codes: Sequence[str], wanted: Sequence[str]) -> str | None:
    prefixes = tuple(_compact(prefix) for prefix in wanted)
    return next((code for code in map(_compact, codes) if code.startswith(prefixes)), None)


def _compact(code: str) -> str:
    return code.replace(" ", "").upper()


def _probability(cosine: float, base: float) -> float:
    return round(min(0.99, base + max(cosine, 0.0) * 0.5), 3)


def _reason(terms: Sequence[str], cosine: float) -> str:
    return f"terms {', '.join(terms[:4])}; similarity {cosine:.2f}" if terms else f"similarity {cosine:.2f}"
