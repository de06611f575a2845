"""What the demonstration says, in French and English."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date
from babel.numbers import format_decimal

WORDS: dict[str, dict[str, str]] = {
    "themes": {"fr": "Thèmes trouvés", "en": "Themes found"},
    "theme": {"fr": "thème", "en": "theme"},
    "documents": {"fr": "documents", "en": "documents"},
    "weeks": {"fr": "récits par semaine", "en": "stories by week"},
    "state": {"fr": "état", "en": "state"},
    "lift": {"fr": "×", "en": "×"},
    "alert": {"fr": "alerte", "en": "alert"},
    "more": {
        "fr": "et {n} autres thèmes : zoom-avant --config {file} themes list",
        "en": "and {n} more: zoom-avant --config {file} themes list",
    },
    "alerts": {"fr": "Alertes, et pourquoi", "en": "Alerts, and why"},
    "no_alerts": {"fr": "aucune alerte", "en": "no alerts"},
    "since": {"fr": "depuis", "en": "opened"},
    "why": {"fr": "pourquoi", "en": "why"},
    "silent": {"fr": "Ce qui n'a pas donné d'alerte, et pourquoi", "en": "What raised no alert, and why"},
    "copied": {
        "fr": "Un communiqué repris : « {title} » — {copies} documents de {sources} sources, {span} ;"
        " c'est un seul récit, compté une fois.",
        "en": "A press release in many outlets: “{title}” — {copies} documents from {sources} sources, {span};"
        " one story, counted once.",
    },
    "new_feed": {
        "fr": "Un nouveau flux : {name}, depuis le {since}, {documents} documents. Thème « {theme} » : {collected} documents"
        " collectés en 28 jours, dont {counted} comptés pour {expected} attendus ; sans passé, le flux ne compte pas"
        " avant le {trusted}.",
        "en": "A new feed: {name}, since {since}, {documents} documents. Theme “{theme}”: {collected} documents collected in"
        " 28 days, {counted} of them counted against {expected} expected; having no past, the feed does not count"
        " before {trusted}.",
    },
    "outage": {
        "fr": "Une panne : {sources} sources muettes aux visites du {first} au {last}, revenues le {back} ;"
        " {late} documents retardés, comptés ce jour-là avec le volume de leur source.",
        "en": "An outage: {sources} sources silent at the visits from {first} to {last}, back on {back};"
        " {late} late documents, counted on that day together with their source's volume.",
    },
    "yet_raised": {"fr": "Alerte ouverte ensuite sur : {themes}.", "en": "An alert was opened afterwards on: {themes}."},
    "none_raised": {"fr": "Aucune alerte.", "en": "No alert."},
    "files": {"fr": "À regarder", "en": "To look at"},
    "digest": {"fr": "dernière synthèse ({lang})", "en": "last digest ({lang})"},
    "slack": {"fr": "messages Slack ({n})", "en": "Slack messages ({n})"},
    "database": {"fr": "base de données", "en": "database"},
    "page": {"fr": "pages web", "en": "web pages"},
    "page_later": {"fr": "zoom-avant --config {file} web", "en": "zoom-avant --config {file} web"},
    "seconds": {"fr": "Secondes par étape", "en": "Seconds by step"},
    "collected": {
        "fr": "{documents} documents ({stories} récits) de {sources} sources, en {turns} tours jusqu'au {now}",
        "en": "{documents} documents ({stories} stories) from {sources} sources, in {turns} turns up to {now}",
    },
    "invented": {
        "fr": "Tout est inventé : organisations, chiffres, événements.",
        "en": "All of it is invented: organisations, figures, events.",
    },
    "week": {
        "fr": "semaine {number} sur {of}, jusqu'au {day} : {new} documents, {opened} alertes nouvelles",
        "en": "week {number} of {of}, up to {day}: {new} documents, {opened} new alerts",
    },
    "failed": {"fr": "étapes en échec : {steps}", "en": "steps that failed: {steps}"},
    "stop": {"fr": "Ctrl-C pour arrêter.", "en": "Ctrl-C ends it."},
    "answered": {"fr": "{address} (a répondu {status}, puis arrêtée)", "en": "{address} (answered {status}, then stopped)"},
}
STATES: dict[str, dict[str, str]] = {
    "noise": {"fr": "bruit", "en": "noise"},
    "weak_signal": {"fr": "signal faible", "en": "weak signal"},
    "emerging": {"fr": "émergent", "en": "emerging"},
    "trend": {"fr": "tendance", "en": "trend"},
    "rupture": {"fr": "rupture", "en": "rupture"},
    "transition": {"fr": "transition", "en": "transition"},
    "declining": {"fr": "en déclin", "en": "declining"},
    "stable": {"fr": "stable", "en": "stable"},
}


def say(key: str, lang: str, /, **values: object) -> str:
    """The words under ``key``, filled with ``values``."""
    return WORDS[key][lang].format(**values)


def state(name: str, lang: str) -> str:
    return STATES[name][lang]


def day(value: dt.date | None, lang: str) -> str:
    """« 3 mars 2026 », "3 March 2026"."""
    return str(format_date(value, "d MMMM y", locale=lang)) if value else "–"


def number(value: float, lang: str) -> str:
    return str(format_decimal(round(value, 1), locale=lang))
