"""Why a visit ended as it did, in French and English. A stored reason is ``code: English sentence``."""

from __future__ import annotations

from dataclasses import dataclass

# code → (French, English); {0} is the detail.
SENTENCES: dict[str, tuple[str, str]] = {
    "ok": ("la source répond et se lit : {0} éléments", "the source answers and can be read: {0} items"),
    "not_modified": ("rien de nouveau depuis la dernière visite", "nothing new since the last visit"),
    "empty": ("le flux est valable mais ne contient aucun élément", "the feed is valid but holds no item"),
    "quiet": ("aucun élément nouveau depuis le {0}", "no new item since {0}"),
    "partial": ("lu malgré des défauts : {0}", "read in spite of faults: {0}"),
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
    "unreadable": ("la réponse ne peut pas être lue : {0}", "the answer cannot be read: {0}"),
    "too_large": ("la réponse dépasse {0} octets", "the answer is larger than {0} bytes"),
    "timeout": ("pas de réponse complète en {0} s", "no complete answer within {0} s"),
    "address": ("adresse refusée : {0}", "address refused: {0}"),
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
