"""What the commands about rules say, in French and English."""

from __future__ import annotations

from monitor.feedback import Suggestion
from monitor.rehearsal import Rehearsal, Spread
from monitor.trends.wording import Language, number

_WORDS: dict[str, dict[Language, str]] = {
    "rehearsed": {
        "fr": "Règle {rule} ({settings}). Alertes du {start} au {end} : {n}, soit {month} par mois.",
        "en": "Rule {rule} ({settings}). Alerts from {start} to {end}: {n}, which makes {month} a month.",
    },
    "nothing_stored": {
        "fr": "Aucun signal enregistré du {start} au {end} : il n'y a rien à rejouer. « zoom-avant assess » en écrit un par jour"
        " et par thème.",
        "en": "No signals are stored from {start} to {end}: there is nothing to replay. “zoom-avant assess” writes one a day and"
        " theme.",
    },
    "partly": {
        "fr": "Les signaux ne sont enregistrés qu'à partir du {since} ; jours rejoués, au lieu de toute la période : {days}.",
        "en": "Signals are stored only from {since} on; days replayed, instead of the whole period: {days}.",
    },
    "gaps": {
        "fr": "Jours sans signaux dans cette période : {gaps} ; rien ne s'y ouvre ni ne s'y ferme.",
        "en": "Days without signals in that period: {gaps}; nothing opens or closes on them.",
    },
    "late": {
        "fr": "Jours après le début du mouvement : {median} en médiane (moitié centrale de {lower} à {upper} ;"
        " alertes : {cases}).",
        "en": "Days after the onset of the movement: {median} in the median (middle half {lower} to {upper}; alerts: {cases}).",
    },
    "since_first": {
        "fr": "Jours après le premier document du thème : {median} en médiane (moitié centrale de {lower} à {upper} ;"
        " alertes : {cases}).",
        "en": "Days after the theme's first story: {median} in the median (middle half {lower} to {upper}; alerts: {cases}).",
    },
    "missed": {
        "fr": "Ce que les alertes enregistrées ont dit et que cette règle n'aurait pas dit : {n}.",
        "en": "Told by the alerts on record and not by this rule: {n}.",
    },
    "fresh": {
        "fr": "Ce que cette règle aurait dit et qu'aucune alerte enregistrée n'a dit : {n}.",
        "en": "Told by this rule and by no alert on record: {n}.",
    },
    "unlabelled": {
        "fr": "Règle {rule} : personne n'a encore répondu à ses alertes (« zoom-avant alerts feedback »).",
        "en": "Rule {rule}: nobody has answered its alerts yet (“zoom-avant alerts feedback”).",
    },
    "too_few": {
        "fr": "Règle {rule} : alertes dont la réponse est utilisable : {labelled} ; il en manque {missing} pour une suggestion.",
        "en": "Rule {rule}: alerts with an answer that can be used: {labelled}; a suggestion needs {missing} more.",
    },
    "no_noise": {
        "fr": "Règle {rule} : aucune des {labelled} alertes jugées n'est du bruit, rien à resserrer. Il manque 1 réponse"
        " « bruit » pour une suggestion.",
        "en": "Rule {rule}: none of the {labelled} answered alerts is noise, nothing to tighten. A suggestion needs 1 answer"
        " “noise”.",
    },
    "only_noise": {
        "fr": "Règle {rule} : les {labelled} alertes jugées sont toutes du bruit. Il manque 1 réponse « utile » ou « connu »"
        " pour une suggestion.",
        "en": "Rule {rule}: all {labelled} answered alerts are noise. A suggestion needs 1 answer “useful” or “known”.",
    },
    "keep": {
        "fr": "Règle {rule} : garder {setting} = {present}. Bruit : {noise} alertes sur {kept}, au plus {bound} % avec 95 % de"
        " confiance.",
        "en": "Rule {rule}: keep {setting} = {present}. Noise: {noise} of {kept} alerts, at most {bound}% with 95% confidence.",
    },
    "stricter": {
        "fr": "Règle {rule} : {setting} = {suggested} au lieu de {present} garderait {kept} alertes jugées sur {labelled}, dont"
        " {noise} de bruit (au plus {bound} % avec 95 % de confiance), et en tairait {lost} qui n'en étaient pas. À essayer"
        " d'abord : zoom-avant rules replay {rule} --set {setting}={suggested}",
        "en": "Rule {rule}: {setting} = {suggested} instead of {present} would keep {kept} of {labelled} answered alerts,"
        " {noise} of them noise (at most {bound}% with 95% confidence), and silence {lost} that were none. Try it first:"
        " zoom-avant rules replay {rule} --set {setting}={suggested}",
    },
    "out_of_reach": {
        "fr": "Règle {rule} : aucun seuil ne ramène le bruit sous {target} % avec 95 % de confiance ({noise} alertes de bruit"
        " sur {labelled}).",
        "en": "Rule {rule}: no threshold brings noise under {target}% with 95% confidence ({noise} of {labelled} alerts are"
        " noise).",
    },
}


def say(key: str, lang: Language, **values: object) -> str:
    """A text of this module with its numbers written as its readers do."""
    written = {name: number(value, lang) if isinstance(value, int | float) else value for name, value in values.items()}
    return _WORDS[key][lang].format(**written)


def told(found: Rehearsal, lang: Language) -> list[str]:
    """What a rehearsal found, a line a fact."""
    span = {"start": found.start.isoformat(), "end": found.end.isoformat()}
    if found.since is None or found.a_month is None:
        return [say("nothing_stored", lang, **span)]
    settings = ", ".join(f"{key}={value}" for key, value in found.rule.settings.items() if value not in (None, (), []))
    month = round(found.a_month, 1)
    lines = [say("rehearsed", lang, rule=found.rule.id, settings=settings, n=len(found.spoken), month=month, **span)]
    if found.since > found.start:
        lines.append(say("partly", lang, since=found.since.isoformat(), days=found.days))
    if found.heard < found.days:
        lines.append(say("gaps", lang, gaps=found.days - found.heard))
    lines += [
        say(key, lang, **_quartiles(spread))
        for key, spread in (("late", found.after_onset), ("since_first", found.after_first_story))
        if spread is not None
    ]
    return [*lines, say("missed", lang, n=len(found.missed)), say("fresh", lang, n=len(found.fresh))]


def suggested(rule_id: str, found: Suggestion | None, lang: Language) -> str:
    """What the answers to a rule's alerts speak for, in one sentence."""
    if found is None:
        return say("unlabelled", lang, rule=rule_id)
    return say(
        found.outcome,
        lang,
        rule=rule_id,
        setting=found.setting,
        present="—" if found.present is None else _plain(found.present),
        suggested="—" if found.suggested is None else _plain(found.suggested),
        labelled=found.labelled,
        missing=found.missing,
        kept=found.kept,
        noise=found.kept_noise,
        lost=found.lost,
        bound=round(100 * (found.bound or 0)),
        target=round(100 * found.target),
    )


def _plain(value: float) -> str:
    """As the settings are written, whatever the language: the reader may copy it."""
    return f"{value:g}"


def _quartiles(spread: Spread) -> dict[str, object]:
    return {"cases": spread.cases, "lower": round(spread.lower), "median": round(spread.median), "upper": round(spread.upper)}
