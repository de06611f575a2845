"""Words that say nothing about a subject, French and English: spaCy's lists and the press's own furniture."""

from __future__ import annotations

import runpy
from importlib.util import find_spec
from pathlib import Path


def _of_spacy(lang: str) -> set[str]:
    """spaCy's list of a language, read without its package: importing that compiles a tokenizer's rules, four seconds of CPU."""
    spec = find_spec("spacy")
    assert spec is not None
    assert spec.origin is not None
    listed = runpy.run_path(str(Path(spec.origin).parent / "lang" / lang / "stop_words.py"))
    return set(listed["STOP_WORDS"])


_ENGLISH, _FRENCH = _of_spacy("en"), _of_spacy("fr")

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

# The sets below are for labels only, by language: STOP_WORDS also decides how texts are hashed, and must not change with them.
# Furniture: kinds of article, praise and bait, adjectives and nouns that make no subject.
_FURNITURE_EN = """
    review reviews hands-on podcast podcasts live liveblog newsletter deal deals sale sales discount discounts guide
    guides tips trailer trailers recap preview roundup explainer opinion editorial interview update updates exclusive
    breaking video videos gallery quiz rumor rumors rumour rumours picks pick buy spoilers headlines headline story
    stories best top great good better worst cheap cheapest cheaper favorite favourite amazing perfect ultimate
    essential huge big biggest massive little ways way thing things reason reasons everything anything something nothing
    here why how what everyone someone new latest next upcoming old first second third last recent current former future
    early final full free real major key main several many few own same other others entire possible likely available
    official officially record so-called much lot lots people users user fans guys man men woman women part parts number
    numbers level look looks half end start beginning rest kind type types version versions time times place world
    country countries case cases point issue issues problem problems question questions answer answers plan plans idea
    ideas list lists life home name names side line item items percent money cost costs company companies firm firms
    maker makers giant giants startup owner owners boss chief head wants want need needs use uses gets get make makes
    comes come goes go arrives launch launches announcement reveal reveals release releases debut debuts move moves team
    teams feature features option options special fight fights watch audience franchise franchises project projects
    program programs founder founders tech technology
"""
_FURNITURE_FR = """
    podcast podcasts live direct tribune entretien éditorial edito édito reportage chronique enquête récit analyse
    décryptage vidéo vidéos infographie infographies bilan portrait verbatim débat communiqué communiqués abonnés
    exclusif promo promos soldes avis comparatif quiz meilleur meilleure meilleurs meilleures grand grande grands
    grandes petit petite petits petites bon bonne bons bonnes vrai vraie pourquoi comment nouvel premier première
    premiers premières dernier dernière derniers dernières ancien ancienne anciens anciennes prochain prochaine futur
    future futurs futures second seconde deuxième autre autres même mêmes plusieurs nombreux nombreuses principal
    principale actuel actuelle monde pays gens personne personnes homme hommes femme femmes français française chose
    choses fois partie part nombre cas point points problème problèmes question questions fin début moitié reste façon
    sorte type types place lieu côté fait faits coup vie nom entreprise entreprises société sociétés groupe groupes
    géant géants patron patrons chef chefs ministre président présidente lancement annonces sortie face quête appel
    équipe équipes moment moments hausse baisse retour suite défi enjeu enjeux bas haut pied coeur cœur sein cadre terme
    termes mise prise lutte projet projets ombre option options version versions mort morts sélection spécialiste
    spécialistes auteur auteurs autrice économiste économistes politologue historien historienne sociologue philosophe
    écrivain écrivaine
"""
_OFFICES_EN = """
    ceo cfo cto president vice-president senator sen sen. rep rep. gov gov. governor dr dr. mr mr. mrs mrs. ms ms. prof
    prof. dj minister secretary judge director founder co-founder actor actress billionaire pm creator co-creator
    designer writer author star singer rapper host attorney lawyer lawmaker executive exec boss chief king showrunner
    whistleblower mogul streamer comedian vol vol. season chapter
"""
_OFFICES_FR = """
    m. mme mm. dr pr général colonel juge reine roi pape pdg premier première ministre président présidente chancelier
    chancelière maire sénateur sénatrice député députée
"""
_TIMES_EN = """
    day days month months weekend quarter morning evening night tonight yesterday tomorrow monday tuesday wednesday
    thursday friday saturday sunday january february march april may june july august september october november
    december jan feb aug sept sep oct nov dec summer winter spring autumn fall hour hours minute minutes decade century
    tonne tonnes metre metres meter meters kilometres
"""
_TIMES_FR = """
    jour jours matin soir nuit trimestre semestre hier demain lundi mardi mercredi jeudi vendredi samedi dimanche
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre été hiver printemps automne
    heure heures décennie siècle tonne tonnes mètre mètres kilomètre kilomètres
"""
_ACRONYMS = """
    PC PCs TV TVs AI VR AR XR GPU GPUs CPU CPUs EV EVs USB IT SSD SSDs VPN VPNs NFT NFTs OLED LED RAM IA ONG PME R&D SUV
    SUVs CEO VoIP ETI TGV
"""
_UNITS = "GW MW kW GWh MWh TWh km kg m² ha M€ Mds mm nm GB TB"


def _by_language(fr: str, en: str) -> dict[str, frozenset[str]]:
    return {"fr": frozenset(fr.split()), "en": frozenset(en.split())}


FURNITURE = _by_language(_FURNITURE_FR, _FURNITURE_EN)
OFFICES = _by_language(_OFFICES_FR, _OFFICES_EN)  # what stands before a name and is no part of it
TIME_WORDS = _by_language(_TIMES_FR, _TIMES_EN)  # days, months and measures
COMMON_ACRONYMS = frozenset(_ACRONYMS.split())  # those that are common nouns: "gaming PC"
UNITS = frozenset(_UNITS.split())


def stop_words(language: str) -> frozenset[str]:
    """The stop words of one language alone: "Parler" and "CES" are names in English."""
    words = (_FRENCH if language == "fr" else _ENGLISH) | _FURNITURE
    return frozenset(part for word in words for part in word.replace("’", "'").split("'") if part) | words


def mute_words(language: str) -> frozenset[str]:
    """The words of a language that name nothing, in lower case."""
    return stop_words(language) | FURNITURE[language] | TIME_WORDS[language]
