"""What a unit without a heading speaks of, judged by its wording.

Strong cues overrule the heading that a unit stands under (an equal-opportunity statement is boilerplate wherever it
stands); weak cues decide only where no heading does. A requirement must never be lost to boilerplate, so boilerplate
needs plain words, and doubt means none.
"""

from __future__ import annotations

import re
from functools import partial

from jd_assets.engines.rules.phrases import read_table
from jd_assets.records import SectionKind

_compile = partial(re.compile, flags=re.IGNORECASE)

_DIVERSITY = _compile(
    r"equal (?:employment )?opportunit(?:y|ies)(?: and)?(?: \w+){0,2} (?:employer|workplace|company|organi[sz]ation)"
    r"|equal opportunit(?:y|ies)\b.{0,60}\bemploy|affirmative action|\bEOE\b|\bEEO\b|\bE-Verify\b"
    r"|(?:without|with no) regards? (?:to|for) .{0,60}(?:race|gender|colou?r|religion|age|sex|disab)"
    r"|regardless of .{0,60}(?:race|gender|religion|ethnic|background|age|sex|origin)"
    r"|discriminat\w+ (?:on the basis|against|based on|because)|(?:does|do) not discriminate|reasonable accommodations?\b"
    r"|(?:sexual orientation|gender identity|national origin|protected veteran|veteran status)"
    r"|(?:committed|commitment) to .{0,40}(?:diversity|inclusi|equal)|celebrates? diversity|diverse and inclusive (?:work|team|env)"
    r"|(?:persons?|people|candidates|applicants|individuals) with (?:a )?disabilit(?:y|ies)|criminal histor(?:y|ies)|privacy (?:policy|notice)"
    r"|embrace diversity|diversity,? (?:equity|and inclusion|inclusion)|encourage .{0,60}(?:apply even|from all backgrounds|underrepresented)"
)
_APPLY = _compile(
    r"^(?:to apply|apply (?:now|today|here|at|via|through|online|by|with|to this)|please (?:apply|send|email|submit|include|mention|forward|share)|interested (?:candidates?|applicants?|can|in)"
    r"|if (?:you are|you're|you|this) .{0,60}(?:apply|get in touch|contact|e-?mail|send|drop|reach out|hear from you|love to)"
    r"|(?:kindly|qualified candidates)\b.{0,40}(?:send|share|apply|email|submit|forward)"
    r"|(?:send|e-?mail|share|submit|drop|forward)(?: us| me|ing)? (?:your|a|an|the|me|us|resumes?|cvs?)\b|click .{0,30}(?:apply|button|link)|contact(?: us| me)?\b.{0,30}@|(?:walk-?in|apply|e-?mail)\b.{0,30}[:@])"
    r"|(?:send|share|submit|forward|drop|e-?mail)\b.{0,40}\b(?:resumes?|cvs?|profiles?|portfolio|cover letter|application)\b.{0,60}(?:to|at|@|via|with)"
    r"|(?:apply|reach (?:us|me)|contact (?:us|me)|e-?mail (?:us|me))\b.{0,40}(?:\bat\b|@|https?:|www\.|link|careers? (?:page|site|portal))|only short-?listed candidates|applications? (?:must|should|will|are|is|close|received)\b"
    r"|(?:our|the) (?:recruitment|hiring|interview|selection) (?:process|team|portal)|this description is a summary of our understanding|to show you read the job post|spam applicants"
    r"|unsolicited (?:resumes|cvs)|recruitment (?:fraud|agenc)|background check|drug (?:test|screen)|ready to (?:join|apply|make)"
)
_BENEFITS = _compile(
    r"^(?:we (?:also )?(?:offer|provide)\b|our benefits|benefits (?:include|package)|enjoy\b|perks\b|in (?:return|exchange)\b)"
    r"|\b401\(?k\)?|(?:health|medical|dental|vision|life|disability)(?:,? (?:and|&|/)? ?(?:health|medical|dental|vision|life|disability))* (?:insurance|coverage|benefits|plans?|cover)\b"
    r"|\bpaid (?:time off|holidays?|vacation|leaves?|parental|maternity|paternity|sick|training|annual)|unlimited (?:pto|vacation|holiday|paid)|\bPTO\b|\bHMO\b|13th month|night differential|parental leave|maternity|paternity"
    r"|(?:competitive|attractive|generous|market(?:-leading)?|excellent|great|lucrative) (?:\w+ ){0,2}(?:salary|salaries|compensation|pay|package|remuneration|benefits|equity|incentives|stipend)"
    r"|flexible (?:working|work|hours|schedule|vacation|time)\b|tuition (?:reimbursement|assistance|program)|gym (?:membership|allowance)|stock options|\bESOPs?\b|equity (?:package|options|grant)|pension|retirement (?:plan|savings)"
    r"|employee (?:discount|assistance|stock)|free (?:\w+ )?(?:lunch|meals?|snacks|food|coffee|gym|drinks)|catered|wellness (?:program|benefit|stipend)|work[- /]life balance|(?:annual|performance|signing|referral|retention|sign-on) bonus|career (?:growth|advancement|progression) opportunit|opportunit(?:y|ies) (?:for|to) (?:career|growth|grow|advance|learn|professional)"
)
_REQUIREMENT_STRONG = _compile(
    r"^(?:(?:a |an )?(?:minimum|at least|min\.?|total|overall|over|more than|must have|should have|you have|with|proven|having|has)\b[^.\n]{0,25})?\(?\d{1,2}(?:\.\d)?\s?(?:\(\d+\))?\s?(?:\+|plus)?(?:\s?(?:-|–|—|to)\s?\d{1,2}\+?)?\s?\+?\s?(?:years?|yrs?)\b(?!\s+(?:old|ago))(?=.{0,80}(?:exper|expert|work|in |as |of |with |us))"
    r"|^(?:(?:a|an|the|must have|should have|completed?|holds?|minimum(?: of)?|required:?|education:?)\s+)*(?:bachelor|master|ph\.?d|doctorate|degree (?:in|or)|(?:ba|bs|b\.s\.?|b\.a\.?|bsc|msc|ms|be|b\.?e\.?/?b?\.?tech|b\.?tech|m\.?tech|mba|mca|bca|diploma|graduate|graduation|post ?graduate|university|college|undergraduate)\b(?:['’]?s?(?:/| or |,).{0,12})?\s*(?:degree|in\b|\(|from|or\b|with|of)|candidates? must (?:possess|have))"
    r"|^(?:(?:prior|previous|proven|strong|solid|extensive|demonstrated|hands[- ]on|some|relevant|working|professional|industry|good|deep|excellent|great|practical|significant|demonstrable|real|in-depth|advanced|basic|thorough|expert|proficient|sound|any|prior work|work|commercial) ){0,3}(?:experience|experienced|expertise|knowledge|proficiency|proficient|familiarity|familiar|understanding|fluency|fluent|competen(?:cy|t)|exposure|background|command|track record|skilled|skills?)\b\s(?:in|with|of|using|working|as|on|and|at|to|or|building|developing|designing|managing|leading|within|both|across|level)\b"
)
_REQUIREMENT_WEAK = _compile(
    r"^(?:must|should|ability|able to|capable|willing(?:ness)?|excellent|strong|good|solid|great|outstanding|exceptional|superior|demonstrated|proven|deep|a (?:passion|strong|good|solid|deep|proven|keen|degree|track|team)|passion(?:ate)?|you (?:have|are|can|know|possess|must|should|enjoy|love|bring|'re|'ve)|you're|you’re|you've|you’ve|self[- ]|team player|comfortable|adept|attention to detail|knowledge|understanding|candidates? (?:must|should|with)|computer literate|at least|minimum|fresh graduates?|preferably|certifi|fluent|detail[- ]oriented|highly|effective|analytical|interpersonal|communication|problem[- ]solving|proficien|advanced|bonus|preferred|is a plus|nice to have|ideal(?:ly)?|the ideal|the successful|required|requires?)\b"
    r"|\b(?:is|are|would be|will be) (?:a |an |highly |strongly |considered )?(?:plus|bonus|must|required|preferred|desired|desirable|essential|advantage|added advantage|mandatory|nice to have)\b|\b(?:experience (?:with|in|of|using|working)|knowledge of|familiar(?:ity)? with|proficien\w+ (?:in|with)|understanding of|degree in|expertise in)\b"
)
_DUTY = _compile(
    r"\b(?:you will|you'll|you’ll|you would|will be|will|would be) (?:also )?(?:be )?(?:responsible|accountable|working|leading|building|developing|designing|work|lead|build|develop|design|manage|own|help|create|support|collaborate|partner|drive|ensure|play|join|report|oversee|provide|deliver|maintain|assist|contribute|perform|act|serve|take|implement|define|handle|coordinate|write|analy[sz]e|focus|use|interact|participate|conduct)\b"
    r"|\b(?:is|are|be) (?:primarily |directly |mainly |also )?(?:responsible|accountable) for\b|^responsib\w+ for\b|\bresponsibilities (?:will )?include\b|\bduties\b.{0,30}\binclude|\b(?:in|as) this role\b|\bthis (?:role|position|job) (?:will|is|involves|requires|entails|focuses|leads|works|supports|plays)\b|\bthe (?:candidate|incumbent|individual|person|role|successful candidate) will\b|^other duties\b"
)
_SUMMARY = _compile(
    r"\b(?:we are|we're|we’re|is|are|i'm|i am|company is|team is) (?:currently |now |also |actively )*(?:looking for|seeking|hiring|recruiting|searching|in search|in need|on the lookout)\b|\bas an? [A-Z][\w/ -]{3,60}, you\b|\bthis is an? (?:full|part|contract|remote|hybrid|on-?site|unique|great|exciting|permanent|\d)|\bfull[- ]time\b.{0,30}\brole\b|^(?:seeking|looking for|hiring|wanted)\b|\bjoin our\b.{0,40}\bteam\b.{0,40}\b(?:as|to)\b"
)
_COMPANY = _compile(
    r"\b(?:is|are|as) (?:a|an|one of|the|among) (?:[\w’',&-]+ ){0,6}(?:leading|leader|largest|fastest|global|premier|top|compan(?:y|ies)|start-?up|provider|firm|platform|organi[sz]ation|agency|manufacturer|pioneer|consultancy|retailer|bank|subsidiary|brand|corporation|multinational|developer of|supplier|marketplace|nonprofit|non-profit|distributor|conglomerate|group)\b"
    r"|\b(?:founded|established|headquartered|incorporated|was born) (?:in|by|as)\b|\b(?:our|the company's|its) (?:mission|vision|purpose|story|core values|culture|values|heritage|history) (?:is|are|was|has|of)\b|\bwe (?:believe|serve|help|empower|pride|specialize|specialise|exist|were founded|have (?:raised|grown|been|offices)|operate|deliver|partner with|'ve raised|are (?:backed|funded|proud|on a mission|a (?:\w+[ -]){0,5}(?:company|startup|team|firm|agency|group|leader|platform)))"
    r"|\bfortune \d+|\byears (?:in business|of excellence|of innovation|of history)|\bserv(?:es|ing) (?:over|more than|millions|thousands|clients|customers)|\b(?:offices|customers|clients|employees|users|people) (?:in|across|worldwide|around|globally)\b|\b(?:venture|series [A-E])[- ](?:backed|funded)|\b(?:history|operations) span|\b(?:is|are) (?:dedicated|committed) to (?:provid|deliver|help|improv|creat|mak)|\bat [A-Z][\w.&-]+,? we(?:'re|’re| are| believe| have| help|'ve)?\b|\bco-?founder|\bworld[’']?s (?:largest|leading|most|best|first|fastest)"
)
_DETAILS = _compile(
    r"^(?:(?:job |work |office |base )?locations?|place of work|salary|ctc|pay|compensation|budget|shift|schedule|job type|employment type|contract|duration|notice period|reports? to|job id|req(?:uisition)? id|positions?|no\.? of|vacanc|work (?:hours|setup|arrangement|mode|timing|schedule|days)|working (?:hours|days)|start date|start|closing|posted|department|division|industry|job category|level|rate|interview mode|openings|company|website|client|mode)\b[^:.]{0,25}\s?[:–-]"
)
_OTHER = _compile(r"^(?:#LI-|powered by|hire nowsign|sign ?up|show more|note\b|disclaimer|posted (?:on|by)|uploaded|tags?:|[\W\d_]+$)")
_OWNED = _compile(r"^(?:our|we|the company|with (?:over|more than) \d+ years|over the)\b|\byears (?:in business|old|ago|of (?:excellence|innovation|history|heritage|service))\b")

_ACTIONS = frozenset(row["verb"] for row in read_table("action_verbs.csv"))
_FIRST_WORDS = re.compile(r"[A-Za-z]+")


def strong(text: str, under: SectionKind | None) -> SectionKind | None:
    """The kind that the unit `text` has whatever it stands under (`under`: the kind of its heading), or None."""
    if _DIVERSITY.search(text):
        return "diversity"
    if under in ("responsibilities", "requirements", "skills", "preferred", "education"):
        return _strong_in_job(text, under)
    if _OTHER.match(text):
        return "other"
    if _APPLY.search(text) and not is_requirement(text):
        return "how_to_apply"
    return "requirements" if is_requirement(text) else None


def _strong_in_job(text: str, under: SectionKind) -> SectionKind | None:
    if _APPLY.match(text):
        return "how_to_apply"
    if under == "responsibilities" and is_requirement(text):
        return "requirements"
    return None


def weak(text: str) -> SectionKind | None:
    """The kind that the wording of `text` suggests where no heading says anything."""
    if _DETAILS.match(text):
        return "details"
    if _BENEFITS.search(text) and not _REQUIREMENT_WEAK.match(text):
        return "benefits"
    if _DUTY.search(text):
        return "responsibilities"
    if _SUMMARY.search(text):
        return "summary"
    if _COMPANY.search(text):
        return "about_company"
    if starts_with_action(text):
        return "responsibilities"
    return "requirements" if _REQUIREMENT_WEAK.search(text) else None


def opens_the_job(text: str) -> SectionKind | None:
    """The kind of a unit that ends talk about the company: it turns to the role or to the applicant, or None."""
    if _SUMMARY.search(text):
        return "summary"
    return "responsibilities" if _DUTY.search(text) and not _COMPANY.search(text) else None


def is_requirement(text: str) -> bool:
    """Whether `text` asks for years, a degree or experience: a line that is no duty, whatever heading it is under."""
    return bool(_REQUIREMENT_STRONG.match(text)) and not _OWNED.search(text)


def wants_of_applicant(text: str) -> bool:
    """Whether `text` describes the applicant ("Strong knowledge of", "must have") rather than the work."""
    return is_requirement(text) or bool(_REQUIREMENT_WEAK.match(text))


def is_benefit(text: str) -> bool:
    """Whether `text` names what the employer gives."""
    return bool(_BENEFITS.search(text))


def starts_with_action(text: str) -> bool:
    """Whether `text` begins with a verb of work ("Design", "Develops", "Building"), perhaps after an adverb."""
    words = [match[0].lower() for _, match in zip(range(2), _FIRST_WORDS.finditer(text[:60]), strict=False)]
    if words and words[0].endswith("ly"):
        words = words[1:]
    return bool(words) and bool(_stems(words[0]) & _ACTIONS)


def _stems(word: str) -> set[str]:
    stems = {word}
    if word.endswith("s"):
        stems |= {word[:-1], word[:-2] if word.endswith("es") else word[:-1]}
        if word.endswith("ies"):
            stems.add(word[:-3] + "y")
    if word.endswith("ing"):
        root = word[:-3]
        stems |= {root, root + "e"}
        if len(root) > 2 and root[-1] == root[-2]:
            stems.add(root[:-1])
    return stems
