"""What pages say of a rule, of what is lacking, and of a stage, in French and English."""

from __future__ import annotations

from typing import Literal

from monitor.trends.stage import StageName
from monitor.trends.states import RuleId

Language = Literal["fr", "en"]

RULES: dict[RuleId, dict[Language, str]] = {
    "rupture.sharp_rise": {
        "fr": "Hausse brutale et prouvée, datée des quatre derniers mois, qui tient sans sa source la plus forte.",
        "en": "A proven, sharp rise, dated within the last four months, that holds without its strongest source.",
    },
    "rupture.sharp_fall": {
        "fr": "Chute brutale et prouvée, datée des quatre derniers mois, sous le niveau habituel.",
        "en": "A proven, sharp fall, dated within the last four months, below the usual level.",
    },
    "transition.maturity": {
        "fr": "Hausse de deux ans ou plus, pendant que le thème passe de la recherche vers le marché.",
        "en": "A rise of two years or more while the theme moves from research towards the market.",
    },
    "transition.substitution": {
        "fr": "Hausse longue qui prend la place d'un autre thème du même domaine.",
        "en": "A long rise that takes the place of another theme of the same domain.",
    },
    "declining.proven_fall": {
        "fr": "Recul prouvé, sous le niveau habituel du thème.",
        "en": "A proven fall, below the theme's usual level.",
    },
    "declining.long_fall": {
        "fr": "Recul régulier depuis au moins 18 mois, de 15 % par an ou plus.",
        "en": "A steady fall over at least 18 months, by 15 % a year or more.",
    },
    "declining.replaced": {
        "fr": "Recul prouvé, pendant qu'un autre thème du même domaine prend sa place.",
        "en": "A proven fall, while another theme of the same domain takes its place.",
    },
    "weak.under_threshold": {
        "fr": "Hausse probable mais pas encore prouvée d'un thème peu couvert, dans au moins trois sources.",
        "en": "A likely rise, not proven yet, of a theme with little coverage, in at least three sources.",
    },
    "weak.few_stories": {
        "fr": "Hausse prouvée, mais sur moins de dix articles en 56 jours.",
        "en": "A proven rise, but on fewer than ten stories in 56 days.",
    },
    "weak.narrow": {
        "fr": "Hausse prouvée d'un thème peu couvert, portée par un seul type de document et peu de sources.",
        "en": "A proven rise of a theme with little coverage, carried by one kind of document and few sources.",
    },
    "emerging.broad_rise": {
        "fr": "Hausse prouvée d'un thème jeune ou peu couvert, portée par plusieurs types de documents ou cinq sources.",
        "en": "A proven rise of a young theme or one with little coverage, carried by several kinds of document or five sources.",
    },
    "emerging.narrow_rise": {
        "fr": "Hausse prouvée, mais portée par peu de sources.",
        "en": "A proven rise, but carried by few sources.",
    },
    "trend.proven_rise": {
        "fr": "Hausse prouvée d'un thème installé, portée par des sources variées.",
        "en": "A proven rise of an established theme, carried by varied sources.",
    },
    "trend.long_rise": {
        "fr": "Hausse régulière depuis au moins un an, de 15 % par an ou plus, et qui continue.",
        "en": "A steady rise over at least a year, by 15 % a year or more, that still goes on.",
    },
    "noise.too_little_data": {
        "fr": "Pas assez de données pour se prononcer.",
        "en": "Not enough data to say.",
    },
    "noise.nothing_proven": {
        "fr": "Thème peu couvert, rien de prouvé.",
        "en": "A theme with little coverage, nothing proven.",
    },
    "stable.season": {
        "fr": "Mouvement attendu : le thème bougeait de même il y a un an.",
        "en": "An expected movement: the theme moved likewise a year ago.",
    },
    "stable.back_to_usual": {
        "fr": "Fin d'un pic : retour au niveau habituel.",
        "en": "The end of a burst: back at the usual level.",
    },
    "stable.new_level": {
        "fr": "Stable à un nouveau niveau depuis un changement daté.",
        "en": "Stable at a new level since a dated change.",
    },
    "stable.nothing_proven": {
        "fr": "Aucun mouvement prouvé.",
        "en": "No proven movement.",
    },
}

LACKS: dict[str, dict[Language, str]] = {
    "weeks<26": {"fr": "moins de 26 semaines de collecte", "en": "less than 26 weeks of collection"},
    "weeks<52": {"fr": "moins d'un an de collecte : saison inconnue", "en": "less than a year of collection: season unknown"},
    "weeks<104": {"fr": "moins de deux ans de collecte", "en": "less than two years of collection"},
    "stories<30": {"fr": "moins de 30 articles", "en": "fewer than 30 stories"},
    "baseline<1": {"fr": "presque aucun article passé", "en": "almost no past story"},
    "sources<3": {"fr": "moins de trois sources", "en": "fewer than three sources"},
}

STAGE_NAMES: dict[StageName, dict[Language, str]] = {
    "germination": {"fr": "germination", "en": "germination"},
    "acceleration": {"fr": "accélération", "en": "acceleration"},
    "slowing": {"fr": "ralentissement", "en": "slowing growth"},
    "plateau": {"fr": "plateau", "en": "plateau"},
    "decline": {"fr": "déclin", "en": "decline"},
}
NOT_ENOUGH: dict[Language, str] = {"fr": "pas assez de données", "en": "not enough data"}
