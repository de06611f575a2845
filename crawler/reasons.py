"""Why a visit ended as it did, in French and English. A stored reason is ``code: English sentence``."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from babel.dates import format_date

from storage.errors import ParseError

# code → (French, English); {0} is the detail.
SENTENCES: dict[str, tuple[str, str]] = {
    "ok": ("la source répond et se lit : {0} éléments", "the source answers and can be read: {0} items"),
    "not_modified": ("rien de nouveau depuis la dernière visite", "nothing new since the last visit"),
    "empty": ("la réponse est valide mais ne contient aucun élément", "the answer is valid but holds no item"),
    "quiet": ("aucun élément nouveau depuis le {0}", "no new item since {0}"),
    "truncated": ("le flux est coupé : {0} éléments complets ont été lus", "the feed is cut short: {0} complete items were read"),
    "broke_off": (
        "la connexion s'est rompue : ce qui est arrivé a été lu",
        "the connection broke off: what arrived was read",
    ),
    "ill_formed": ("le flux est mal formé ; il a été lu malgré tout", "the feed is not well-formed; it was read all the same"),
    "capped": ("{0} éléments : seuls les premiers ont été lus", "{0} items: only the first were read"),
    "robots": ("robots.txt interdit cette adresse ({0})", "robots.txt forbids this address ({0})"),
    "robots_unreachable": (
        "robots.txt n'a pas pu être lu ({0}) : la visite est reportée",
        "robots.txt could not be read ({0}): the visit is put off",
    ),
    "forbidden": ("le site refuse l'accès (HTTP {0})", "the site refuses access (HTTP {0})"),
    "challenge": ("le site affiche une page de contrôle anti-robot", "the site shows a bot-check page"),
    "gone": ("l'adresse n'existe plus (HTTP {0})", "the address is gone (HTTP {0})"),
    "not_found": ("l'adresse est introuvable (HTTP {0})", "the address was not found (HTTP {0})"),
    "slow_down": ("le site demande d'attendre (HTTP {0})", "the site asks to wait (HTTP {0})"),
    "host_waits": (
        "le site a demandé d'attendre lors de la visite d'une autre source",
        "the site asked to wait when another source was visited",
    ),
    "status": ("réponse inattendue (HTTP {0})", "unexpected answer (HTTP {0})"),
    "no_body": ("la réponse est vide", "the answer is empty"),
    "html": ("l'adresse répond par une page web, pas par un flux", "the address answers with a web page, not a feed"),
    "no_feed": ("la réponse n'est pas un flux", "the answer is not a feed"),
    "bad_json": ("la réponse est du JSON mal formé", "the answer is broken JSON"),
    "no_json_feed": ("la réponse est du JSON, mais pas un JSON Feed", "the answer is JSON, but not a JSON Feed"),
    "entities": (
        "le flux déclare des entités XML dont le développement serait sans limite : il est refusé",
        "the feed declares XML entities that could expand without limit: it is refused",
    ),
    "charset": ("le jeu de caractères de la réponse est illisible", "the character set of the answer cannot be read"),
    "encoding": ("l'encodage « {0} » de la réponse est inconnu", "the answer's encoding '{0}' is not known"),
    "slow_parse": ("la réponse demande plus de {0} s de lecture", "the answer takes more than {0} s to read"),
    "unreadable": ("la réponse ne peut pas être lue : {0}", "the answer cannot be read: {0}"),
    "too_large": ("la réponse dépasse {0} octets", "the answer is larger than {0} bytes"),
    "timeout": ("pas de réponse complète en {0} s", "no complete answer within {0} s"),
    "address": ("adresse interne refusée : {0}", "internal address refused: {0}"),
    "credentials": (
        "l'adresse contient un nom ou un mot de passe",
        "the address holds a user name or a password",
    ),
    "scheme": ("seules les adresses http et https sont visitées", "only http and https addresses are visited"),
    "redirects": ("trop de redirections", "too many redirects"),
    "unknown_host": ("le nom de domaine du site est introuvable", "the name of the site cannot be resolved"),
    "refused_connection": ("le site refuse la connexion", "the site refuses the connection"),
    "interrupted": ("la réponse a été coupée avant sa fin", "the answer broke off before its end"),
    "network": ("échec du réseau : {0}", "the network failed: {0}"),
    "storing": ("les documents n'ont pas pu être enregistrés : {0}", "the documents could not be stored: {0}"),
    "crawl_timeout": (
        "la collecte a été arrêtée à sa limite de {0} s, avant la fin de cette visite",
        "the crawl was stopped at its limit of {0} s before this source was done",
    ),
    "crawl_died": (
        "la collecte s'est arrêtée avant la fin de cette visite ({0})",
        "the crawl ended before this source was done ({0})",
    ),
    "collector": ("collecteur inconnu : {0}", "unknown collector: {0}"),
    "more_to_come": (
        "{0} requêtes faites : la suite viendra à la prochaine visite",
        "{0} requests made: the next visit goes on from there",
    ),
    "offline": (
        "aucun site n'a pu être joint : la panne est sans doute de notre côté",
        "no site could be reached: the fault is most likely on our side",
    ),
    "long_address": (
        "l'adresse demandée est trop longue ({0} caractères)",
        "the address asked for is too long ({0} characters)",
    ),
    "settings": ("réglage de la source : {0}", "the source's settings: {0}"),
    "odd_schedule": ("rythme de visite demandé absurde, ignoré ({0})", "absurd visiting schedule, ignored ({0})"),
    "moved": ("l'adresse a changé ; l'ancienne était {0}", "the address has changed, it was {0}"),
    "moved_to_known": ("la source a pris l'adresse de la source {0}", "has moved to the address of the source {0}"),
    "internal": ("erreur interne : {0}", "internal error: {0}"),
    # why a source of the catalogue is not visited
    "by_hand": ("désactivée par une personne", "switched off by a person"),
    "discover": (
        "aucun flux connu : « zoom-avant sources discover {0} » en cherche un",
        "no feed known: 'zoom-avant sources discover {0}' looks for one",
    ),
    "absent": ("le site n'offre aucun flux utilisable (vérifié en {0})", "the site offers no usable feed (looked at in {0})"),
    "trial_failed": ("essai non concluant : {0}", "its trial failed: {0}"),
    "needs_key": (
        "il manque un identifiant : renseignez crawler.credentials.{0}",
        "a credential is missing: set crawler.credentials.{0}",
    ),
    "no_collector": ("aucun collecteur ne lit encore ce service", "no collector reads this service yet"),
    "login_refused": (
        "le service refuse les connexions décrites dans sa documentation",
        "the service refuses the logins its documentation describes",
    ),
    "second_way": ("les mêmes documents arrivent par la source {0}", "the same documents come from the source {0}"),
    # what discovery found, and why it is or is not proposed
    "announced": ("annoncé par la page", "announced by the page"),
    "usual_place": ("trouvé à une adresse usuelle", "found at a usual address"),
    "news_sitemap": ("plan de site d'actualités : {0} pages datées", "news sitemap: {0} dated pages"),
    "page_sitemap": ("plan du site : {0} pages", "sitemap: {0} pages"),
    "fresh": ("éléments récents : {0}", "recent items: {0}"),
    "stale": ("dernier élément : {0}", "last item: {0}"),
    "undated": ("sans date lisible : {0} éléments", "without a readable date: {0} items"),
    "comments": ("c'est le flux des commentaires", "it is the feed of comments"),
    "other_section": ("ses liens relèvent d'une autre rubrique", "its links belong to another section"),
    "other_site": ("ses liens mènent à un autre site : {0}", "its links lead to another site: {0}"),
    "nothing_found": ("ni flux ni plan de site utilisable n'a été trouvé", "neither a feed nor a usable sitemap was found"),
    # lists of feeds in OPML
    "no_opml": ("ce n'est pas une liste OPML", "this is not an OPML list"),
    "opml_many": ("la liste a plus de {0} lignes", "the list has more than {0} outlines"),
    "opml_deep": ("la liste a plus de {0} niveaux", "the list has more than {0} levels"),
    "opml_tag": ("ligne illisible", "an outline that cannot be read"),
    "opml_ampersand": ("« & » non codé", "a bare '&'"),
    "opml_markup": ("balises non codées dans un attribut", "markup inside an attribute"),
    "opml_quotes": ("guillemets non codés dans un attribut", "quotes inside an attribute"),
    "opml_entity": ("entité HTML que XML ne connaît pas", "an HTML entity that XML does not know"),
    "opml_feed_scheme": ("adresse qui commence par « feed: »", "an address that begins with 'feed:'"),
    "opml_spaces": ("espaces dans l'adresse", "spaces inside the address"),
    "opml_no_address": ("pas d'adresse", "no address"),
    "opml_not_http": ("ce n'est pas une adresse web : {0}", "not a web address: {0}"),
    "opml_double": ("déjà présente : {0}", "already there: {0}"),
    "opml_field": ("champ incorrect : {0}", "a wrong field: {0}"),
    # what services answer beside documents
    "shape": ("la réponse n'a pas la forme documentée : {0}", "the answer does not have the documented shape: {0}"),
    "service_error": ("le service répond par une erreur : {0}", "the service answers with an error: {0}"),
    "query_refused": ("le service refuse la requête : {0}", "the service refuses the query: {0}"),
    "filter_ignored": (
        "le service n'a pas appliqué le filtre demandé ({0}) : rien n'est gardé",
        "the service did not apply the filter asked for ({0}): nothing is kept",
    ),
    "repeats": ("le service renvoie sans cesse la même page ({0})", "the service gives the same page again and again ({0})"),
    "incomplete": (
        "le service n'a pas renvoyé tous les éléments annoncés ({0})",
        "the service did not give all the items it announced ({0})",
    ),
    "archive": ("l'archive ne peut pas être lue : {0}", "the archive cannot be read: {0}"),
    "mended_rows": ("{0} lignes abîmées ont été lues malgré tout", "{0} damaged rows were read all the same"),
    "in_preparation": (
        "le service prépare l'extrait : la prochaine visite ira le chercher",
        "the service is preparing the extract: the next visit fetches it",
    ),
    "nothing_asked": (
        "aucun thème surveillé ni filtre : il n'y a rien à demander",
        "no watch theme and no filter: there is nothing to ask for",
    ),
    "fewer_fields": (
        "le service ne connaît plus certains champs : seuls les champs de base sont lus",
        "the service no longer knows some fields: only the basic ones are read",
    ),
    # what a data set of an open-data portal answers
    "no_column": (
        "le jeu de données n'a pas de colonne reconnue pour : {0}",
        "the data set has no column that is recognised for: {0}",
    ),
    "count_lies": (
        "le nombre annoncé ne correspond pas aux lignes reçues : {0}",
        "the number announced and the rows received disagree: {0}",
    ),
    "next_elsewhere": ("la page suivante est sur un autre site : {0}", "the next page is on another site: {0}"),
    "all_rejected": ("aucun des {0} éléments reçus n'est lisible", "none of the {0} items received can be read"),
    "too_many_rows": (
        "trop de lignes pour une seule période ({0}) : seules les premières ont été lues",
        "too many rows for one period ({0}): only the first were read",
    ),
    "quota": ("le quota du service est épuisé : {0}", "the service's quota is used up: {0}"),
    "key_refused": (
        "le service refuse l'identifiant : vérifiez crawler.credentials ({0})",
        "the service refuses the credential: check crawler.credentials ({0})",
    ),
    "quota_hour": (
        "quota horaire du service atteint : la suite viendra dans l'heure qui suit",
        "hourly quota of the service used up: the next visit goes on in the next hour",
    ),
    "quota_week": (
        "quota hebdomadaire du service atteint : la suite viendra la semaine prochaine",
        "weekly quota of the service used up: the next visit goes on next week",
    ),
    "suspended": (
        "le service demande une pause de {0} s : la prochaine visite reprendra à cet endroit",
        "the service asks for a pause of {0} s: the next visit goes on from there",
    ),
    "too_many_a_day": (
        "trop de publications en un jour ({0}) : seules les plus récentes ont été lues ; restreignez les pays ou les codes",
        "too many publications in one day ({0}): only the newest were read; narrow the countries or codes",
    ),
    # what sitemaps, listing pages and pages of articles turn out to be
    "no_page": ("la réponse n'est pas une page web ({0})", "the answer is not a web page ({0})"),
    "no_sitemap": ("la réponse n'est pas un plan de site", "the answer is not a sitemap"),
    "no_links": (
        "la page ne montre aucun lien d'article : réglez options.links de la source",
        "the page shows no link to an article: set options.links of the source",
    ),
    "untitled": (
        "{0} liens sans titre : réglez options.complete de la source pour lire leurs pages",
        "{0} links without a title: set options.complete of the source to have their pages read",
    ),
    "undated_links": (
        "{0} liens sans date : réglez options.undated de la source pour les lire",
        "{0} links without a date: set options.undated of the source to have them read",
    ),
    "page_refused": ("une page d'article n'a pas pu être lue ({0})", "the page of an article could not be read ({0})"),
    "page_elsewhere": (
        "une page d'article est sur un autre site : l'article est gardé tel qu'il était annoncé",
        "the page of an article is on another site: the article is kept as it was listed",
    ),
    "paywalled": (
        "un article est réservé aux abonnés : seul son extrait est gardé",
        "an article is behind a paywall: only its excerpt is kept",
    ),
    # answers that break the rules of HTTP
    "no_http": ("la réponse n'est pas du HTTP valide", "the answer is not valid HTTP"),
    "headers": ("les en-têtes de la réponse dépassent {0} octets", "the headers of the answer are longer than {0} bytes"),
    "encodings": (
        "la réponse est compressée {0} fois de suite : refusée",
        "the answer is compressed {0} times over: refused",
    ),
    "encoding_broken": (
        "la réponse n'est pas compressée comme elle l'annonce ({0})",
        "the answer is not compressed the way it says ({0})",
    ),
    "no_address": ("l'adresse n'est pas valide", "the address is not valid"),
}

_MONTH = re.compile(r"\d{4}-\d{2}")
# Their detail may be another reason, as ``str`` writes it: it is said in the reader's language too.
_HOLD_ANOTHER = ("trial_failed", "robots_unreachable", "page_refused")


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of ``SENTENCES`` and its detail."""

    code: str
    detail: str = ""

    def __post_init__(self) -> None:
        """What a service says may hold anything: the detail is one line that every database and page can take."""
        object.__setattr__(self, "detail", "".join(char if char.isprintable() else " " for char in self.detail))

    @property
    def fr(self) -> str:
        return self._said(0)

    @property
    def en(self) -> str:
        return self._said(1)

    def __str__(self) -> str:
        return f"{self.code}: {SENTENCES[self.code][1].format(self.detail)}"

    def _said(self, lang: int) -> str:
        inner = self.code in _HOLD_ANOTHER and self.detail.partition(": ")[0] in SENTENCES
        return SENTENCES[self.code][lang].format(Reason.read(self.detail)._said(lang) if inner else _day_said(self.detail, lang))

    @classmethod
    def read(cls, stored: str) -> Reason:
        """The reason that ``str`` wrote, whose detail is found again in its sentence. Raises KeyError for an unknown code."""
        code, _, sentence = stored.partition(": ")
        before, _, after = SENTENCES[code][1].partition("{0}")
        found = re.fullmatch(f"{re.escape(before)}(.*){re.escape(after)}", sentence, re.DOTALL)
        return cls(code, found[1] if found else "")


def _day_said(detail: str, lang: int) -> str:
    """A detail that is a day or a month (``2026-07``), as a person writes it; any other as it is."""
    is_month = _MONTH.fullmatch(detail) is not None
    try:
        day = dt.date.fromisoformat(f"{detail}-01" if is_month else detail) if len(detail) in (7, 10) else None
    except ValueError:
        day = None
    if day is None:
        return detail
    said = format_date(day, "MMMM y" if is_month else "d MMMM y", locale=("fr", "en")[lang])
    return re.sub(r"^1 ", "1er ", said) if lang == 0 else said


class Unreadable(ParseError):
    """An answer that is not what the source promised, with its reason in both languages."""

    def __init__(self, code: str, source_id: str, detail: str = "") -> None:
        self.reason = Reason(code, detail)
        super().__init__(self.reason.en, source_id=source_id)
