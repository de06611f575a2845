"""Things that are counted rather than measured: jobs, sites, qubits, percent. Their words, in French and English.

Each pattern is matched right after a number (and an optional « de », « d' »). What a word may also mean is excluded here.
"""

from __future__ import annotations

import re

JOBS, SITES, QUBITS, PERCENT, TIMES = "jobs", "sites", "qubits", "%", "x"

_JOB_ADJECTIVES = (
    r"(?:nouveaux|nouvelles|futurs|futures|new|additional|extra|direct|skilled|high-skilled|highly skilled|local|permanent|full-time|part-time"
    r"|manufacturing|factory|tech|engineering|construction|office|corporate|global|seasonal|jeunes|autres|other|more|industrial|industriels)"
)
_JOB_NOUNS = (
    r"(?:cr[ée]ations?|suppressions?|destructions?)(?:\snettes?)?\s(?:d['’]emplois?|de\spostes?)|suppressions?\sde\spostes?"
    r"|emplois?|postes?(?!\s(?:de\s(?:travail|polic\w+|secours|garde|contr[ôo]le|commandement|t[ée]l[ée]\w*|radio|p[ée]age|transformation)"
    r"|sources?\b|[ée]lectriques?|informatiques?|fronti[èe]res?|à\squai|avancés?|budg[ée]taires))"
    r"|salari[ée]e?s?|collaborat(?:eurs?|rices?)|employ[ée]e?s?|ETP|[ée]quivalents?[ -]temps[ -]pleins?|recrutements?|embauches?"
    r"|jobs?|employees?|workers?|staff(?:ers)?|full-time\sequivalents?|FTEs?|headcount|hires|layoffs|job\s(?:cuts|losses|openings)|(?:full-time|job|open)\spositions"
)
_PEOPLE = (
    r"personnes|people|persons|gens|ing[ée]nieurs?|engineers?|techniciens?|technicians?|chercheurs?|researchers?|scientists?|scientifiques?|d[ée]veloppeurs?"
    r"|developers?|ouvriers?|op[ée]rateurs?|apprentis?|apprentices|alternants?|docteurs|experts?|sp[ée]cialistes?|specialists?|talents?"
)
_SITE_ADJECTIVES = (
    r"(?:(?:nouve(?:aux|lles?)|grand(?:e?s)?|autres?|futur(?:e?s)?|premi(?:ers|[èe]res)|vastes?|importants|m[ée]ga|petite?s|new|large|more|additional|other|giant|huge|major"
    r"|French|European|German|American|U\.?S\.?|Chinese|British|Italian|Spanish|existing|planned|future|hyperscale|AI|modern|small|big|separate|industrial|manufacturing|battery"
    r"|production|pilot|assembly|chip|semiconductor|solar|nuclear|power|hydrogen|recycling|research|R&D|wind|biogas|biomethane|offshore|onshore|coal|gas|car|steel|cement|chemical"
    r"|state-of-the-art|green|local|regional|national|commercial|full-scale|desalination|bottling|processing|wafer|fab(?:rication)?|next-generation|EV)[ -]){0,3}"
)
_SITE_NOUNS = (
    r"usines?|(?:giga|m[ée]ga|bio)-?(?:usines?|factor(?:y|ies))|factor(?:y|ies)|sites?(?!\s(?:web|internet|Internet|de\s(?:rencontres?|vente|presse|e-commerce|streaming)|d['’]information))"
    r"|data\s?cent(?:er|re)s?|centres?\sde\sdonn[ée]es|datacent(?:er|re)s?|plants|power\sstations?|centrales?(?!\ss)|laboratoires?|laborator(?:y|ies)|labs?|entrep[ôo]ts?|warehouses?"
    r"|fabs?|foundr(?:y|ies)|fonderies?|raffineries?|refiner(?:y|ies)|m[ée]thaniseurs?|unit[ée]s\sde\s(?:production|m[ée]thanisation|recyclage|fabrication)"
    r"|(?:wind|solar)\sfarms?|(?:wind|solar|science|technology)\sparks?|parcs?\s(?:[ée]oliens?|solaires?|photovolta[ïi]ques?)|fermes?\s(?:solaires?|[ée]oliennes?|verticales?)"
    r"|centres?\s(?:de\s(?:recherche|R&D|formation|tri|production)|logistiques?)|research\scent(?:er|re)s?|innovation\scent(?:er|re)s?|lignes?\sde\sproduction|production\slines?|chantiers\snavals|shipyards?"
)
NOUNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (unit, re.compile(pattern))
    for unit, pattern in (
        (PERCENT, r"%|(?i:pour\scent|per\s?cent)(?!\w)"),
        (QUBITS, r"(?i:(?P<kind>logical|physical|logiques?|physiques?|superconducting|photonic)\s)?(?i:qubits?)(?:\s(?P<after>logiques?|physiques?))?(?!\w)"),
        (JOBS, rf"(?i:(?:{_JOB_ADJECTIVES}\s){{0,3}}(?:{_JOB_NOUNS}))(?![\w-])"),
        (SITES, rf"(?i:{_SITE_ADJECTIVES}(?:{_SITE_NOUNS}))(?![\w-])"),
        (TIMES, r"(?:-?fold(?!\w)|-?times(?=\s(?:more|as|higher|faster|larger|bigger|the|its|cheaper|greater|better|smaller))|fois(?=\s(?:plus|la|le|les|son|sa|ses|supérieur\w*)))(?!\w)"),
    )
)  # fmt: skip
PEOPLE = re.compile(rf"(?i:(?:(?:{_JOB_ADJECTIVES}|software|AI|data)\s){{0,2}}(?:{_PEOPLE}))(?![\w-])")
HIRING_BEFORE = re.compile(
    r"\b(?i:emploi(?:e|ent|era|eront|yant)|employ(?:er|ant|ait)|embauch\w+|recrut\w+|licenci\w+|compt(?:e|ent|ait)|mobilis\w+|effectifs?|[ée]quipes?"
    r"|employ(?:s|ed|ing)?|hir(?:e|es|ed|ing)|recruit\w*|lay(?:s|ing)?\soff|laid\soff|fir(?:e|ed|ing)|workforce|team|headcount|staff|cr[ée]\w+\sl['’]emploi)"
    r"\b(?![^.;!?]*\b(?:que|qui|who|that)\b)[^.;!?]{0,32}\Z"
)
HIRING_AFTER = re.compile(
    r"[^.;:!?,]{0,25}?\b(?i:employ[ée]e?s|embauch[ée]e?s|recrut[ée]e?s|licenci[ée]e?s|(?:seront|ont\s[ée]t[ée]|vont\s[êe]tre)\s(?:recrut|embauch|licenci)\w+"
    r"|(?:will\sbe|were|are\sbeing|being|to\sbe)\s(?:hired|recruited|laid)|y\stravaill\w+|travaill(?:ent|eront)|will\swork|laid\soff|are\semployed|employed)\b"
)
BARE_PLANTS = re.compile(r"plants", re.I)
