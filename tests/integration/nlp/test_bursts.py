"""A burst is seen in its own first period: four to six stories among a month of others, in either language or both."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from monitor.demo.documents import load_corpus
from nlp.config import NlpSettings
from nlp.embed import embedded_text
from nlp.embedders.base import load_embedder
from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import story_rows
from nlp.themes.discover import Cluster, propose
from storage.themes import EmbeddedStory

WINDOW = 8000

BURSTS = {
    "a bridge closed (four stories, French)": [
        ("fr", "Le pont de Saint-Brévin fermé après la découverte de fissures", "Les haubans seront inspectés un à un."),
        ("fr", "Fissures sur le pont de Saint-Brévin : les poids lourds déviés", "La fermeture du pont durera au moins un mois."),
        (
            "fr",
            "Pont de Saint-Brévin : pourquoi les haubans se fissurent",
            "Un métallurgiste explique la corrosion des câbles du pont.",
        ),
        (
            "fr",
            "Saint-Brévin, coupé en deux depuis la fermeture de son pont",
            "Les commerçants réclament un bac pendant les travaux.",
        ),
    ],
    "a recalled battery (five stories, English)": [
        ("en", "Voltana recalls home batteries after three fires", "Owners are told to switch the wall battery off at once."),
        ("en", "Home battery fires: Voltana recall widens to 40,000 units", "The maker blames a faulty cell separator."),
        (
            "en",
            "What Voltana owners should do about the battery recall",
            "Switch off, call the installer, keep the garage aired.",
        ),
        ("en", "Insurers ask for a list of Voltana wall batteries", "The recall leaves thousands of homes without cover."),
        ("en", "Voltana shares fall as battery recall spreads to Canada", "Analysts put the cost of the recall at 200 million."),
    ],
    "a research vessel (six stories, both)": [
        ("fr", "Le navire océanographique Alcyane perdu au large du Groenland", "L'équipage de l'Alcyane est sain et sauf."),
        ("en", "Research vessel Alcyane sinks off Greenland, crew safe", "The oceanographic ship struck ice during the night."),
        (
            "fr",
            "Naufrage de l'Alcyane : les carottes sédimentaires englouties",
            "Trois ans de prélèvements du navire océanographique.",
        ),
        ("en", "Alcyane wreck: scientists mourn lost sediment cores", "Years of samples went down with the research vessel."),
        (
            "fr",
            "L'Alcyane, navire océanographique de trente ans, par le fond",
            "Une enquête sur le naufrage du navire est ouverte.",
        ),
        ("en", "Inquiry opens into the sinking of the research vessel Alcyane", "Ice charts off Greenland were two days old."),
    ],
}


def a_story(key: str, source: str, language: str, title: str, text: str, vector: np.ndarray) -> EmbeddedStory:
    return EmbeddedStory(
        document_id=key,
        story_id=key,
        kind="news",
        source_id=source,
        language=language,
        counted_on=dt.date(2026, 3, 2),
        title=title,
        text=text,
        vector=vector,
        codes=(),
    )


@pytest.fixture(scope="module")
def window() -> list[EmbeddedStory]:
    """The demo's documents, then stories half of one and half of another of them, up to a full window; the bursts among them."""
    settings = NlpSettings()
    embedder = load_embedder(settings.embedder)
    items = {(item.title, item.text): item for item in load_corpus().items}
    told = [(item.lang, item.title, item.text) for item in items.values()]
    bursts = [(language, title, text) for stories in BURSTS.values() for language, title, text in stories]
    vectors = embedder.embed([embedded_text(title, text, settings.max_chars) for _, title, text in told + bursts])
    random = np.random.default_rng(11)
    known, planted = vectors[: len(told)], vectors[len(told) :]
    halves = random.integers(0, len(told), (WINDOW - len(told) - len(bursts), 2))
    mixed = space.unit(known[halves[:, 0]] + known[halves[:, 1]])
    stories = [a_story(f"d{i:04}", f"s{i % 40}", *told[i], known[i]) for i in range(len(told))]
    for (one, other), vector in zip(halves.tolist(), mixed, strict=True):
        (language, title, text), (_, _, rest) = told[one], told[other]
        i = len(stories)
        stories.append(
            a_story(f"d{i:04}", f"s{i % 40}", language, title, f"{text[: len(text) // 2]} {rest[len(rest) // 2 :]}", vector)
        )
    for i, ((language, title, text), vector) in enumerate(zip(bursts, planted, strict=True)):
        stories.insert(400 * (i + 1), a_story(f"burst{i:02}", f"s{i % 3}", language, title, text, vector))
    assert len(stories) == WINDOW
    return stories


@pytest.fixture(scope="module")
def found(window: list[EmbeddedStory]) -> list[Cluster]:
    counts = space.count_words([f"{story.title}\n{story.text}" for story in window])
    rows = story_rows(window, space.Lexicon.empty().with_counts(counts).weights())
    return propose(window, rows, ThemeSettings())


@pytest.mark.slow
@pytest.mark.parametrize("name", BURSTS)
def test_a_burst_is_found_in_a_full_window(name: str, window: list[EmbeddedStory], found: list[Cluster]) -> None:
    titles = {title for _, title, _ in BURSTS[name]}
    themes = [{window[int(i)].title for i in cluster.members} for cluster in found]
    (theme,) = [theme for theme in themes if theme & titles]
    assert theme == titles
