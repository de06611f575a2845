"""Watch themes: what a person declared and must never be missed. Reads ``themes.toml`` and decides membership, with the reason.

Words, meaning and patent codes each speak for a theme; together they give a probability (``watch_decision``). A document may join
several watch themes. Nobody's own themes need labelled documents: the weights know nothing of a particular theme.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from nlp.embedders.base import Embedder
from nlp.themes.config import ThemeSettings
from nlp.themes.watch_decision import Evidence
from nlp.themes.watch_terms import Found, Phrase, Role, TermReader
from storage.errors import ConfigError
from storage.themes import EmbeddedStory

_SHIPPED = Path(__file__).with_name("watch.toml")
_EVERYDAY = Path(__file__).with_name("everyday.txt")
_NO_SPREAD = 1e-6
_OPENING = 150

_Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


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
    hints_fr: tuple[str, ...] = ()
    hints_en: tuple[str, ...] = ()
    never_fr: tuple[str, ...] = ()
    never_en: tuple[str, ...] = ()
    codes: tuple[_Code, ...] = ()
    broad_codes: tuple[_Code, ...] = ()

    def digest(self) -> str:
        """Changes when anything that decides membership changes."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=8).hexdigest()


def watch_list(path: Path | None = None) -> list[WatchTheme]:
    """The declared themes. Raises ConfigError naming the file and the theme that is wrong."""
    source = path or _SHIPPED
    try:
        return list(_declared(source, source.read_text(encoding="utf-8")))
    except OSError as exc:
        raise ConfigError(f"cannot read the watch list {source}: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the watch list {source} is not valid TOML: {exc}") from exc


@lru_cache(maxsize=4)  # several steps of every run ask for it, and reading TOML takes longer than they do
def _declared(source: Path, text: str) -> tuple[WatchTheme, ...]:
    data = tomllib.loads(text)
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
    return tuple(found)


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
        """Embeds the declarations and the everyday subjects, and indexes the terms."""
        self.reader_ = TermReader([phrase for theme in self.themes for phrase in _phrases(theme)])
        if not self.themes:
            return self
        everyday = embedder.embed(_everyday())
        self.origin_ = everyday.mean(axis=0)
        apart = _seen_from(self.origin_, everyday)
        # The unit of similarity is the embedder's own, and no other theme's: a theme is judged alike beside any others.
        spread = float((apart @ apart.T)[np.triu_indices(len(apart), 1)].std())
        self.scale_ = spread if spread > _NO_SPREAD else 1.0
        # The mean of cosines to several wordings is the product with their mean, left at its length.
        self.prototypes_ = np.stack(
            [_seen_from(self.origin_, embedder.embed(_wordings(theme))).mean(axis=0) for theme in self.themes]
        )
        return self

    def join(self, stories: Sequence[EmbeddedStory]) -> list[list[Joined]]:
        """For each story, the watch themes it joins; often none."""
        return [
            [joined for theme, one in zip(self.themes, of_story, strict=True) if (joined := self._decide(theme, one))]
            for of_story in self.evidence(stories)
        ]

    def _decide(self, theme: WatchTheme, evidence: Evidence) -> Joined | None:
        probability = evidence.probability(self.settings.watch_weights)
        if probability < self.settings.watch_probability:
            return None
        return Joined(theme.id, round(min(probability, 0.99), 3), evidence.reason(probability))

    def evidence(self, stories: Sequence[EmbeddedStory]) -> list[list[Evidence]]:
        """For each story, what speaks for each theme, in the order of ``themes``."""
        if not stories or not self.themes:
            return [[] for _ in stories]
        similar = _seen_from(self.origin_, np.stack([story.vector for story in stories])) @ self.prototypes_.T
        return [self._evidence(story, similar[i].tolist()) for i, story in enumerate(stories)]

    def _evidence(self, story: EmbeddedStory, similar: Sequence[float]) -> list[Evidence]:
        lead = self.reader_.read(f"{story.title}\n{_opening(story.text)}")
        whole = self.reader_.read(story.text)
        nothing, codes = Found(), [_compact(code) for code in story.codes]
        found = []
        for theme, cosine in zip(self.themes, similar, strict=True):
            first, later = lead.get(theme.id, nothing), whole.get(theme.id, nothing)
            found.append(
                Evidence(
                    similarity=cosine,
                    scale=self.scale_,
                    lead_terms=tuple(first.terms.values()),
                    later_terms=tuple(shown for key, shown in later.terms.items() if key not in first.terms),
                    lead_hints=tuple(first.hints.values()),
                    later_hints=tuple(shown for key, shown in later.hints.items() if key not in first.hints),
                    code=_matching(codes, theme.codes),
                    broad_code=_matching(codes, theme.broad_codes),
                )
            )
        return found


def decision_digest(settings: ThemeSettings) -> str:
    """Changes when the decision does, for the same declarations: its settings or the everyday subjects."""
    decided_by = f"{settings.watch_probability} {settings.watch_weights.model_dump_json()} {_everyday()}"
    return hashlib.blake2b(decided_by.encode(), digest_size=8).hexdigest()


def _everyday() -> list[str]:
    lines = _EVERYDAY.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _wordings(theme: WatchTheme) -> list[str]:
    words = [", ".join(some) for some in (theme.terms_fr, theme.terms_en, theme.hints_fr, theme.hints_en) if some]
    return [theme.description_fr, theme.description_en, *words]


def _opening(text: str) -> str:
    """The first sentence or so: what a text opens with it is about."""
    return text if len(text) <= _OPENING else text[: _OPENING + 1].rpartition(" ")[0]


def _phrases(theme: WatchTheme) -> Iterator[Phrase]:
    roles: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("never", (*theme.never_fr, *theme.never_en)),
        ("term", (*theme.terms_fr, *theme.terms_en)),
        ("hint", (*theme.hints_fr, *theme.hints_en)),
    )
    for role, texts in roles:
        yield from (Phrase(theme.id, role, text) for text in texts)


def _seen_from(origin: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Unit rows after what all subjects share is taken away (Mu and Viswanath, 2018). A row equal to the origin stays zero."""
    moved = rows - origin
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(norms > 0, norms, 1.0), dtype=np.float32)


def _matching(codes: Sequence[str], wanted: Sequence[str]) -> str | None:
    if not codes:
        return None
    prefixes = tuple(_compact(prefix) for prefix in wanted)
    return next((code for code in codes if code.startswith(prefixes)), None)


def _compact(code: str) -> str:
    return code.replace(" ", "").upper()
