"""What kind of section a heading opens, judged by its words alone.

A heading is either a known phrase ("what you'll do", "about us") or made wholly of known heading words ("Minimum
Requirements & Qualifications"): one unknown word and it is a sentence. Where headings stand is found in `sections.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jd_assets.engines.rules.phrases import fold
from jd_assets.records import SectionKind

MAX_HEADING_WORDS = 10

# Order is precedence: "Skills & Responsibilities" is about responsibilities.
_NOUNS: tuple[tuple[SectionKind, str], ...] = (
    ("diversity", "eeo eeoc eoe diversity inclusion dei accommodation accommodations"),
    ("benefits", "benefits benefit perks perk rewards renumeration remuneration happiness incentives"),
    (
        "responsibilities",
        "responsibilities responsibility responsibilites responsibilties duties duty tasks accountabilities"
        " accountability deliverables kra kras kpis functions activities",
    ),
    (
        "requirements",
        "requirements requirement qualifications qualification prerequisites prerequisite pre-requisites competencies"
        " competences competency criteria eligibility experience experiences expertise knowledge abilities ability"
        " attributes traits specification specifications must-haves must-have non-negotiables credentials strengths"
        " capabilities proficiencies proficiency",
    ),
    ("skills", "skills skill skillset skillsets keyskills technologies stack techstack tools toolset keywords"),
    ("education", "education degree academics certification certifications certificates"),
    (
        "details",
        "location locations salary ctc ctc's wage shift schedule timing timings vacancies vacancy openings opening positions"
        " duration deadline department industry employment hours budget stipend pay compensation reports notice joining"
        " category posted openings bond travel rate visa clearance grade division function commitment arrangement",
    ),
    ("summary", "description descriptions summary overview purpose brief introduction objective objectives synopsis profile scope"),
)
_KIND_OF: dict[str, SectionKind] = {}
for _kind, _words in _NOUNS:
    for _noun in _words.split():
        _KIND_OF.setdefault(_noun, _kind)
_PRECEDENCE: dict[SectionKind, int] = {kind: place for place, (kind, _) in enumerate(_NOUNS)}
_PRECEDENCE["preferred"] = 0

_COMMON_NOUNS = frozenset("role roles position job work person candidate candidates applicant employee team project".split())
_MODIFIERS = frozenset(
    "key main core major primary secondary principal essential basic minimum min mandatory required require necessary needed"
    " general specific overall other additional special professional technical tech technology functional leadership"
    " management educational academic academics education's relevant prior previous work working your our the a an this that"
    " these of for and or in on to as & with is are be will would may include includes including following follows but not"
    " limited ideal successful typical day daily detailed full brief high level soft hard personal behavioral behavioural"
    " interpersonal analytical you we about total years year no number critical typical it industry domain language languages"
    " related background physical must have haves should need needs what's there day-to-day area areas skill role's wise"
    " programming software development profile offer offered details detail set sets type types mode time base range expected"
    " date start information info requirement(s) at by from date's job's annual based company's client's top quick global".split()
)
_PREFERRED = frozenset("preferred desired desirable optional nice bonus plus plusses pluses advantageous preferable advantage".split())
_COMPANY = frozenset("company organization organisation firm client employer business corporate agency".split())

# Whole phrases, tried before the words; matched from the heading's start.
_PHRASES: tuple[tuple[SectionKind, str], ...] = (
    (
        "diversity",
        r"(?:an? )?(?:equal|eeo\b|eoe\b|affirmative action|our commitment to (?:diversity|equal|inclusi)|commitment to (?:diversity|equal)"
        r"|non[- ]discrimination|privacy|reasonable accommodation|accessibility|disability)",
    ),
    (
        "how_to_apply",
        r"(?:how (?:to|do i|do you|can (?:i|you)) (?:apply|join)|(?:to )?apply\b|(?:application|interview|interviewing|evaluation|hiring|selection|recruitment|recruiting)"
        r"(?: and \w+)? (?:process|procedure|instructions?|steps|deadline|details|note|guidelines?|requirements? to)|next steps|contact(?: us| information| details| person)?$"
        r"|our (?:hiring|interview|recruitment) process|(?:interested|ready)\b|mode of application|method of application|what (?:happens|to expect) (?:next|in)|submit your"
        r"|walk-?in\b|sound (?:like|good|interesting)|documents? required|required documents?)",
    ),
    (
        "preferred",
        r"(?:(?:it(?:'s| is| would be|'d be) )?(?:an? )?(?:nice|good|great) (?:to have|if you|to-have)|nice[- ]to[- ]have|good[- ]to[- ]have|bonus\b(?! plan| pay| structure)|brownie|extra (?:credit|points)"
        r"|(?:it's |it is |would be )?(?:an? )?(?:big |huge |added |definite )?(?:plus|advantage|asset)\b|even better|would be (?:an? )?(?:plus|nice|great|advantage|bonus)|what (?:would|will|might) (?:be|set|make)"
        r"|preferred\b(?! location)|desired\b|desirable|extra kudos|kudos|you(?:'ll| will)? (?:stand out|get bonus)|ideally\b|pluses)",
    ),
    (
        "summary",
        r"(?:about (?:the|this|your|our)? ?(?:new )?(?:role|position|job|opportunity|project|program|assignment|internship|work|vacancy|team)\b|the (?:role|position|job|opportunity|project|team)s?$"
        r"|(?:the |your |our )?(?:role|position|job|opportunity|project|program|team|internship|work)(?: and \w+)? (?:description|overview|summary|purpose|brief|profile|statement|objective|definition|introduction|info)"
        r"|job description|jd$|job title|position title|title$|designation$|role$|position$|brief description|the opportunity|your opportunity|opportunity$|role overview|general summary|short description|purpose of"
        r"|why this role|meet the team|who (?:you'll|you will) work with|what is the role|(?:we|we're|we are) (?:are )?(?:now )?(?:hiring|looking for|seeking)\b|who are we looking for$)",
    ),
    (
        "responsibilities",
        r"(?:(?:here'?s |this is |more about )?what (?:you|you'll|you will|you'd|you would|will you|would you|you can|you are|you're|we want you|we need you|we'd like you|the job|this job|this role|the role)"
        r"(?:'ll| will| to| expect to| get to| going to| be)* ?(?:actually |mainly |really )?(?:do|doing|work|working|own|build|building|deliver|be responsible|accomplish|tackle|learn|contribute|achieve|involves?|entails?|involve|create|help|drive|lead|be)\b"
        r"|what (?:does|is|do|will) (?:the |your |a |an )?(?:typical )?(?:day|job|role|position|work)|(?:your |a )?(?:typical )?day[- ]to[- ]day|a (?:typical )?day in|your (?:typical )?day|(?:in|as part of|with) (?:this|the) (?:role|position|job)|you will(?: be)?\b|you'll(?: be)?\b|you would be"
        r"|how (?:you|you'll|you will|will you|you can)(?:'ll| will)? (?:make|contribute|spend|have|be|help|fulfill|do)|your (?:role|mission|impact|contributions?|challenges?|tasks?|job|work|focus|key)\b(?! (?:profile|experience|skill))"
        r"|the (?:impact|work|challenge|mission|day)\b|roles? (?:and|&|/|,) ?(?:the )?(?:key )?(?:responsib|duties)|role ?responsib|(?:key |major |main )?(?:job )?responsib|scope of (?:work|role|responsib)|what's the job|job function"
        r"|(?:you are |you're |you'll be |you will be )?responsible for|essential (?:job )?(?:functions|duties)|main (?:tasks|objectives)|(?:key|primary|main|core|major) (?:objectives|focus|areas? of|accountab|deliverables|result)|duties\b|job duties|work involves|what to expect)",
    ),
    (
        "requirements",
        r"(?:(?:here'?s )?what (?:you|you'll|you will|you'd|we|we're|we are|are we|do you|do we|we'd|do i|it|would|does it|else|makes)(?:'ll| will| should)? ?(?:ideally |also |really |must |would |like |love )*(?:to )?(?:need|bring|have|bringing|looking|look|require|expect|want|like|love|takes?|seek|get to have|a good|you|value)\b(?!.*\boffer)"
        r"|who (?:you are|we're looking|we are looking|are you|should apply|we need|we want|you'll be|are we looking|can apply)|about (?:you|your)\b|you (?:have|are|bring|possess|should|must|need|may be|might|'ve|'re)\b|you've|you're\b|your (?:profile|background|experience|skills?|qualifications?|attributes|toolkit|superpowers|talents|expertise|strengths|competenc)"
        r"|(?:the )?(?:ideal|successful|right|perfect) (?:candidate|person|applicant|fit)|candidate (?:profile|requirements?|should|must)|we (?:expect|require|need|value|ask)|we(?:'re| are) looking for (?:someone|people|candidates|individuals|you)\b|must[- ]haves?|is this you|does this sound like you|do you have|are you|you'll (?:have|need|bring)|you will (?:have|need|bring)|to (?:be successful|succeed|qualify|thrive|be considered)|requires?\b(?! you)"
        r"|(?:minimum|basic|required|mandatory|essential|key) (?:qualif|requir|criteria|skills? and exp|exper|educ)|what it takes|non-?negotiables?|work experience|years of experience|exp(?:erience)?$|a little (?:bit )?about you|job requirement|job qualif|things we)",
    ),
    (
        "skills",
        r"(?:(?:our |the |your )?(?:tech|technology|technical)(?:nology|nical)? ?(?:stack|skills?|environment|requirements)|(?:our )?stack$|technologies(?: we use| used| you)?|key ?skills?|skills? (?:set|required|needed|and|&)|(?:primary|secondary|mandatory|must have|core|required|hard|soft) skills?|tools (?:we|you|and)|software (?:used|skills)|environment$|desired skills)",
    ),
    (
        "benefits",
        r"(?:(?:here'?s |and )?what (?:we|we'll|we can|do we|can we|we are|we're|you get|you'll get|you will get|you can|you'll receive|you'll love|you'll enjoy|will you|'s in|is in|else do we)(?:'ll| will)? ?(?:offer\w*|provide|give|get|receive|love|enjoy|it)?"
        r"|what's in it|what is in it|why (?:join|work|you|us|choose|apply|our|we|is|should|be)\b.*|why [A-Za-z0-9]+$|(?:some of )?(?:our|the|your|additional|other|company|employee|more) (?:benefits|perks)|perks|(?:we|we'll|we will|we also|we are) (?:offer|provide|give)|our offer|life at|working (?:at|with|for) |work(?:place)? culture$|compensation (?:and|&|/|package)|total rewards|salary (?:and|&) (?:benefits|perks)"
        r"|(?:benefits|perks)\b|what (?:are )?the (?:benefits|perks)|reasons to|join (?:us|our)\b.*|enjoy\b|offer details|what makes (?:us|working|this)|in return|health (?:and|&) wellness|paid time off|pay (?:and|&) benefits|you'll (?:love|enjoy|get)|what sets us)",
    ),
    (
        "about_company",
        r"(?:(?:a (?:little |bit )?(?:bit )?(?:more )?)?about (?:us|the (?:company|firm|organi[sz]ation|client|business|employer|group|brand|studio|startup|agency|bank)|our (?:company|client|organi[sz]ation|business|client|group|culture)|company|client|organi[sz]ation)|who (?:we are|are we|is)\b"
        r"|(?:the |our )?(?:company|organi[sz]ation|corporate|firm|client|employer|business)(?:'s)? (?:description|overview|profile|summary|background|introduction|info\w*|details|name|culture|mission|values|vision|history|website|intro)|our (?:story|mission|vision|culture|values|purpose|people|history|client|company|business|ambition|dna|promise|principles)\b"
        r"|what we(?:'re| are)? ?(?:do|about|build|believe|stand|doing|building)\b|company$|overview of (?:the )?company|(?:core|company) values|introduction to|culture$|diversity at|the company$|mission$|background$|the story)",
    ),
    (
        "details",
        r"(?:(?:job |work |office |base |preferred |primary |working |posting |interview )?locations?\b|salary|(?:employment|job|work|contract|position|shift|pay|salary|hire) (?:type|status|term|terms|range|level|grade|hours|days|schedule|location|mode|code|id|details|information|setup|arrangement|model|timings?|category|function|family|title)|(?:hours|days) (?:of|per)"
        r"|reports? to|reporting (?:to|line|manager)|job (?:id|ref|code|number|segment|snapshot)|req(?:uisition)? ?(?:id|number)|no\.? of (?:positions?|openings?|vacanc)|notice period|(?:start|starting|closing|posting|expiry) date|date posted|posted (?:on|by)|duration|ctc|compensation$|compensation range|pay(?: range| rate| scale)?$|budget|seniority level|employment type|experience level|industry type|functional area"
        r"|commitments? required|work(?:ing)? (?:hours|days|setup|arrangements?|conditions?|environment)|physical (?:demands|requirements|environment)|travel\b|visa|security clearance|contract (?:length|details)|terms (?:and|&|of)|key stakeholders|supervis|department|rotation|gender|age|shift|job details|role details)",
    ),
    ("education", r"(?:education|academic|degree|certif|ug\b|pg\b|licens)"),
    ("other", r"(?:additional (?:information|info|notes?|comments?|details)|please note|note\b|notes$|disclaimer|important|other (?:information|details|info)|powered by|references?$|fraud|tags?$|warning|more information|further information|general information)"),
)
_PHRASE_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _PHRASES)
_WORDS = re.compile(r"[a-z0-9]+(?:['.-][a-z0-9]+)*|&|/")
_ABOUT_NAME = re.compile(r"(?:about|why|join|joining) (?!you\b|the role|this|your|\d)[a-z0-9&'.-]+(?: [a-z0-9&'.-]+){0,4}$")


@lru_cache(maxsize=20_000)
def classify(heading: str) -> SectionKind | None:
    """The kind of section that `heading` opens, or None when it does not read like a known heading.

    `heading` is the heading's words without marks (bullets, asterisks, a closing colon).
    """
    words = _WORDS.findall(fold(heading))
    if not words or len(words) > MAX_HEADING_WORDS:
        return None
    return _by_words(words) or _by_phrase(" ".join(words), len(words)) or _about_name(heading, words)


def _by_words(words: list[str]) -> SectionKind | None:
    kinds: list[SectionKind] = []
    preferred = company = False
    for word in words:
        if word in _KIND_OF:
            kinds.append(_KIND_OF[word])
        elif word in _PREFERRED:
            preferred = True
        elif word in _COMPANY:
            company = True
        elif word not in _MODIFIERS and word not in _COMMON_NOUNS and word != "/":
            return None
    if preferred and (not kinds or {"requirements", "skills", "education"} & set(kinds)):
        return "preferred"
    if company:
        return "about_company" if "summary" in kinds else None
    if not kinds or len(words) > 7:
        return None
    if set(kinds) == {"education", "requirements"}:
        return "requirements"
    if "benefits" not in kinds and set(kinds) == {"details", "requirements"}:
        return "requirements"
    if words[0] == "profile" and len(words) == 1:
        return "requirements"
    return min(kinds, key=lambda kind: _PRECEDENCE[kind])


def _by_phrase(text: str, count: int) -> SectionKind | None:
    for kind, pattern in _PHRASE_RULES:
        match = pattern.match(text)
        # A phrase may be followed by a few words ("What you'll do at Acme"), not by a sentence.
        if match and count - match[0].count(" ") - 1 <= 4:
            return kind
    return None


def _about_name(heading: str, words: list[str]) -> SectionKind | None:
    """"About Acme", "Why Acme": a name follows, so its words start with capitals."""
    names = heading.split()[1:]
    if _ABOUT_NAME.match(" ".join(words)) and names and names[0][:1].isupper():
        return "about_company" if words[0] == "about" else "benefits"
    return None
