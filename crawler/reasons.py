"""Why a visit ended as it did, in French and English. A stored reason is ``code: English sentence``."""

from __future__ import annotations

from dataclasses import dataclass

from storage.errors import ParseError

# code → (French, English); {0} is the detail.
SENTENCES: dict[str, tuple[str, str]] = {
    "ok": ("la source répond et se lit : {0} éléments", "the source answers and can be read: {0} items"),
    "not_modified": ("rien de nouveau depuis la dernière visite", "nothing new since the last visit"),
    "empty": ("le flux est valable mais ne contient aucun élément", "the feed is valid but holds no item"),
    "quiet": ("aucun élément nouveau depuis le {0}", "no new item since {0}"),
    "truncated": ("le flux est coupé : {0} éléments complets ont été lus", "the feed is cut short: {0} complete items were read"),
    "broke_off": (
        "la connexion s'est rompue : ce qui est arrivé a été lu",
        "the connection broke off: what arrived was read",
    ),
    "ill_formed": ("le flux est mal formé, il a été lu malgré tout", "the feed is not well-formed, it was read all the same"),
    "capped": ("{0} éléments : seuls les premiers ont été lus", "{0} items: only the first were read"),
    "robots": ("robots.txt interdit cette adresse ({0})", "robots.txt forbids this address ({0})"),
    "robots_unreachable": (
        "robots.txt n'a pas pu être lu ({0}) : la visite est remise",
        "robots.txt could not be read ({0}): the visit is put off",
    ),
    "forbidden": ("le site refuse l'accès (HTTP {0})", "the site refuses access (HTTP {0})"),
    "challenge": ("le site affiche une page de contrôle anti-robot", "the site shows a bot-check page"),
    "gone": ("l'adresse n'existe plus (HTTP {0})", "the address is gone (HTTP {0})"),
    "not_found": ("l'adresse est introuvable (HTTP {0})", "the address was not found (HTTP {0})"),
    "slow_down": ("le site demande d'attendre (HTTP {0})", "the site asks to wait (HTTP {0})"),
    "host_waits": ("le site a demandé d'attendre lors d'une visite voisine", "the site asked to wait at a neighbouring visit"),
    "status": ("réponse inattendue (HTTP {0})", "unexpected answer (HTTP {0})"),
    "no_body": ("la réponse est vide", "the answer is empty"),
    "html": ("l'adresse répond par une page web, pas par un flux", "the address answers with a web page, not a feed"),
    "no_feed": ("la réponse n'est pas un flux", "the answer is not a feed"),
    "bad_json": ("la réponse est du JSON invalide", "the answer is broken JSON"),
    "no_json_feed": ("la réponse est du JSON, mais pas un JSON Feed", "the answer is JSON, but not a JSON Feed"),
    "entities": (
        "le flux déclare des entités XML qui pourraient grossir sans limite : refusé",
        "the feed declares XML entities that could expand without limit: refused",
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
    "unknown_host": ("le nom du site est introuvable", "the name of the site cannot be resolved"),
    "refused_connection": ("le site refuse la connexion", "the site refuses the connection"),
    "interrupted": ("la réponse a été coupée avant sa fin", "the answer broke off before its end"),
    "network": ("échec du réseau : {0}", "the network failed: {0}"),
    "storing": ("les documents n'ont pas pu être enregistrés : {0}", "the documents could not be stored: {0}"),
    "crawl_timeout": (
        "la collecte a été arrêtée à sa limite de {0} s avant cette source",
        "the crawl was stopped at its limit of {0} s before this source was done",
    ),
    "crawl_died": ("la collecte s'est arrêtée avant cette source ({0})", "the crawl ended before this source was done ({0})"),
    "collector": ("collecteur inconnu : {0}", "unknown collector: {0}"),
    "more_to_come": (
        "{0} requêtes faites : la suite viendra à la prochaine visite",
        "{0} requests made: the next visit goes on from there",
    ),
    "settings": ("réglage de la source : {0}", "the source's settings: {0}"),
    "internal": ("erreur interne : {0}", "internal error: {0}"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of ``SENTENCES`` and its detail."""

    code: str
    detail: str = ""

    @property
    def fr(self) -> str:
        return SENTENCES[self.code][0].format(self.detail)

    @property
    def en(self) -> str:
        return SENTENCES[self.code][1].format(self.detail)

    def __str__(self) -> str:
        return f"{self.code}: {self.en}"


class Unreadable(ParseError):
    """An answer that is not what the source promised, with its reason in both languages."""

    def __init__(self, code: str, source_id: str, detail: str = "") -> None:
        self.reason = Reason(code, detail)
        super().__init__(self.reason.en, source_id=source_id)
