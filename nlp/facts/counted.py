"""Things that are counted rather than measured: jobs, sites, qubits, percent, times. Their words, in French and English.

Each pattern is matched right after a number (and an optional « de », « d' »). What a word may also mean is excluded here.
"""

from __future__ import annotations

import re

JOBS, SITES, QUBITS, PERCENT, TIMES = "jobs", "sites", "qubits", "%", "x"


def _any(*alternatives: str) -> str:
    return "(?:" + "|".join(alternatives).replace(" ", r"\s") + ")"


def _words(words: str) -> str:
    return _any(*words.split())


_JOB_ADJECTIVES = _words(
    "nouveaux nouvelles futurs futures jeunes autres industriels new additional extra direct skilled high-skilled local permanent"
    " full-time part-time manufacturing factory tech engineering construction office corporate global seasonal other more"
    " industrial software AI data qualified"
)
_JOB_NOUNS = _any(
    r"(?:cr[ée]ations?|suppressions?|destructions?)(?: nettes?)? (?:d['’]emplois?|de postes?)",
    r"emplois?",
    r"postes?(?! (?:"
    + _any(
        r"de (?:travail|polic\w+|secours|garde|contr[ôo]le|commandement|t[ée]l[ée]\w*|radio\b|p[ée]age|transformation)",
        r"sources?\b|[ée]lectriques?|informatiques?|fronti[èe]res?|à quai|avancés?|budg[ée]taires",
    )
    + "))",
    r"salari[ée]e?s?|collaborat(?:eurs?|rices?)|employ[ée]e?s?|recrutements?|embauches?",
    r"ETP|[ée]quivalents?[ -]temps[ -]pleins?",
    r"jobs?(?: (?:cuts|losses|openings))?|employees?|workers?|staff(?:ers)?|hires|layoffs|headcount",
    r"full-time equivalents?|FTEs?|(?:full-time|job|open) positions|vacancies",
)
_PEOPLE = _words(
    "personnes people persons gens ing[ée]nieurs? engineers? techniciens? technicians? chercheurs? researchers? scientists?"
    " scientifiques? d[ée]veloppeurs? developers? ouvriers? op[ée]rateurs? apprentis? apprentices? alternants? docteurs experts?"
    " sp[ée]cialistes? specialists? talents? nurses? teachers? doctors drivers welders designers programmers analysts consultants"
    " infirmi[èe]re?s m[ée]decins soignant(?:e?s) enseignant(?:e?s) professeurs chauffeurs conducteurs agents cadres soudeurs"
    " animateurs artisans monteurs vendeurs consultants stagiaires doctorants roles positions"
)
_SITE_ADJECTIVES = _words(
    "nouve(?:aux|lles?) grand(?:e?s)? autres? futur(?:e?s)? premi(?:ers|[èe]res) vastes? importants m[ée]ga petite?s"
    " new large more additional other giant huge major existing planned future modern small big separate local regional national"
    " French European German American U\\.?S\\.? Chinese British Italian Spanish"
    " hyperscale AI industrial manufacturing battery production pilot assembly chip semiconductor solar nuclear power hydrogen"
    " recycling research R&D wind biogas biomethane offshore onshore coal gas car steel cement chemical state-of-the-art green"
    " commercial full-scale desalination bottling processing wafer fab(?:rication)? next-generation EV"
)
_SITE_NOUNS = _any(
    r"usines?|(?:giga|m[ée]ga|bio)-?(?:usines?|factor(?:y|ies))|factor(?:y|ies)",
    r"sites?(?! (?:web|internet|de (?:rencontres?|vente|presse|e-commerce|streaming)|d['’]information))",
    r"data ?cent(?:er|re)s?|centres? de donn[ée]es",
    r"plants|power stations?|centrales?(?! s)|laboratoires?|laborator(?:y|ies)|labs?|entrep[ôo]ts?|warehouses?",
    r"fabs?|foundr(?:y|ies)|fonderies?|raffineries?|refiner(?:y|ies)|m[ée]thaniseurs?",
    r"unit[ée]s de (?:production|m[ée]thanisation|recyclage|fabrication)|lignes? de production|production lines?",
    r"(?:wind|solar) farms?|(?:wind|solar|science|technology) parks?|parcs? (?:[ée]oliens?|solaires?|photovolta[ïi]ques?)",
    r"magasins?|boutiques?|stores?|shops?|supermarkets?|supermarchés?|hypermarch[ée]s?|restaurants?|h[ôo]tels?|hotels?|outlets",
    r"lycées?|coll[èe]ges?(?= )|[ée]coles?|schools?|campus(?:es)?|h[ôo]pita(?:l|ux)|hospitals?|cliniques?|clinics?|cr[èe]ches?",
    r"stations?(?! (?:de radio|de ski|balnéaires?))|gares?|a[ée]roports?|airports?|d[ée]p[ôo]ts?|depots|facilities",
    r"shipyards?|[ée]tablissements?(?! (?:bancaires|financiers|de crédit))",
    r"fermes? (?:solaires?|[ée]oliennes?|verticales?)|chantiers navals",
    r"centres? (?:de (?:recherche|R&D|formation|tri|production)|logistiques?)|(?:research|innovation) cent(?:er|re)s?",
)
_QUBITS = r"(?:(?P<kind>logical|physical|superconducting|photonic)\s)?qubits?(?:\s(?P<after>logiques?|physiques?))?(?!\w)"
_FOLD = _any(
    r"(?-i:-?fold)(?!\w)",
    r"-?times(?= (?:more|as|higher|faster|larger|bigger|the|its|cheaper|greater|better|smaller))",
    r"fois(?= (?:plus|moins|supérieur\w*|son|sa|(?:la|le) "
    + _words("taille valeur prix capacité volume montant production surface superficie nombre niveau PIB moyenne")
    + "))",
)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


NOUNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (PERCENT, _compiled(r"%(?!\w)|(?:pour\scent|per\s?cent)(?!\w)")),
    (QUBITS, _compiled(_QUBITS)),
    (JOBS, _compiled(rf"(?:{_JOB_ADJECTIVES}\s){{0,3}}{_JOB_NOUNS}(?![\w-])")),
    (SITES, _compiled(rf"(?:{_SITE_ADJECTIVES}[ -]){{0,3}}{_SITE_NOUNS}(?![\w-])")),
    (TIMES, _compiled(_FOLD)),
)
PEOPLE = _compiled(rf"(?:{_JOB_ADJECTIVES}\s){{0,2}}{_PEOPLE}(?![\w-])")  # jobs only beside a word of hiring
BARE_PLANTS = _compiled("plants")
_HIRING = _any(
    r"emploi(?:e|ent|era|eront|yant)|employ(?:er|ant|ait|s|ed|ing)?|embauch\w+|recrut\w+|licenci\w+|effectifs?|[ée]quipes?",
    r"vacanc(?:y|ies)|lack(?:s|ed|ing)?|short of|wants?|needs?|seek(?:s|ing)?|manqu\w+|cherch\w+|suppr\w+",
    r"cut(?:s|ting)?|trim\w*|axe[sd]?|eliminat\w+",
    r"hir(?:e|es|ed|ing)|recruit\w*|lay(?:s|ing)? off|laid off|let(?:ting)? go of|fir(?:ed|ing)|workforce|team|headcount|staff",
)
HIRING_BEFORE = _compiled(rf"\b{_HIRING}\b(?![^.;!?\n]*\b(?:que|qui|who|that)\b)[^.;!?\n]{{0,32}}\Z")
HIRING_AFTER = _compiled(
    r"[^.;:!?,\n]{0,40}?\b"
    + _any(
        r"employ[ée]e?s?|embauch[ée]e?s?|recrut[ée]e?s?|licenci[ée]e?s?",
        r"(?:seront|ont [ée]t[ée]|vont [êe]tre) (?:recrut|embauch|licenci)\w+|y travaill\w+|travaill(?:ent|eront)",
        r"(?:will be|were|are being|being|to be) (?:hired|recruited|laid)|will work|laid off|(?:are )?employed",
        r"work(?:s|ed)?(?! (?:from|out|hard))",
    )
    + r"\b"
)
HEADCOUNT = _compiled(  # just before a number that stands alone
    r"\b(?:effectifs?|workforce|headcount|staff|payroll)(?:\s(?:total|mondial|global|total))?\s(?:de|of|à|to|d['’])\s?(?:environ|près\sde|some|about|around)?\s?\Z"
)
RECRUITS = _compiled(
    r"\b(?:recrut(?:e|er|era|ent|eront)|embauch(?:e|er|era|ent|eront)|hir(?:e|es|ing)|recruit(?:s|ing)?|vacancies\sfor)\s(?:[\w'’]+\s){0,2}\Z"
)
WHOM = re.compile(  # whoever is recruited has a trade, in the plural
    r"(?!(?:ans|mois|jours|semaines|heures|years|months|weeks|days|hours|fois|times|euros|dollars)\b)(?:[a-zà-ÿ-]+\s)?[a-zà-ÿ-]{4,}[sx]\b"
)
