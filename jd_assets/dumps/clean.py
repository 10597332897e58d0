"""Text as boards leave it -> plain text with lines.

What belongs here: HTML, entities, mojibake, invisible characters, whitespace, lists written as Python or JSON
literals, and the ways of writing "no value". What does not: columns and fields (`boards`), and the meaning of any
line.

Text is hostile until it is clean: every step takes time proportional to its length and none raises.
"""

from __future__ import annotations

import ast
import html
import re
from typing import Any

import ftfy
import orjson

MAX_LITERAL_CHARS = 200_000  # longer cells are text, whatever they begin with; parsing them would cost seconds
MAX_LITERAL_BRACKETS = 20_000  # and so are cells that are little but brackets
MAX_LITERAL_DEPTH = 30
MAX_PASSES = 10  # text cleaned into dirty text again (escaped markup inside escaped markup), then left as it is

MISSING = frozenset(
    """- -- -1 -1.0 ? [] {} () n/a na nan nil none null nothing_found undefined unknown
    not_available not_disclosed not_mentioned not_specified""".split()
)

BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer
    form header hr html legend main menu nav pre section summary table tbody tfoot thead title tr""".split()
)
PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol".split())
INLINE = frozenset(
    """a abbr acronym area audio b base bdi bdo big button canvas cite code col colgroup data datalist del dfn em embed
    font i iframe img input ins kbd label link map mark meta meter nobr o:p optgroup option output param path picture
    progress q rp rt ruby s samp select small source span strike strong sub sup svg td textarea th time tt track u var
    video wbr xml""".split()
)
DROPPED = frozenset("head noscript script style template".split())  # with all that stands in them
HTML_NAMES = BLOCKS | PARAGRAPHS | INLINE | DROPPED | {"br", "li"}

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)(?=[\s/>])[^<>]*>|<[!?][^<>]*>")
WRAPPED = re.compile(r"(?<=[a-z,;])[ \t]*\r?\n[ \t]*(?=[a-z(])")
AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+")
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_CONTINUATION = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # UTF-8's second byte, read as Latin-1 or as Windows-1252
MOJIBAKE = re.compile(f"[Â-ô][{_CONTINUATION}]|Ã ")
LITERAL_BREAK = re.compile(r"\\r\\n|\\n|\\r")
BULLET_ALONE = re.compile(r"(?:•\s*)+")
SPACES = re.compile(r" {2,}|[^\S\n ][^\S\n]*")
LINE_ENDS = re.compile(r" +\n *|\n +")
BLANK_LINES = re.compile(r"\n{3,}")
CLEAN = re.compile(r"(?![\[(])[!-%'-;=-\[\]-~]++(?:(?: |\n\n?)[!-%'-;=-\[\]-~]++)*+\Z")  # printable ASCII but [&<\\]

# What tags become, until it is clear what stands beside them: line breaks of neighbouring blocks are one break.
BLOCK, PARAGRAPH, BREAK = "\x01", "\x02", "\x03"
BREAKS = re.compile(r"[\s\x01-\x03]++")
MARKS = re.compile(r"[\x01-\x03]")


# fmt: off
INVISIBLE = (  # code points, first and last: they show nothing, and hide text from a reader that a model would read
    (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x7F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xD800, 0xDFFF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFC), (0xE0000, 0xE01EF),
)
# fmt: on
_INVISIBLE = "".join(f"{chr(first)}-{chr(last)}" for first, last in INVISIBLE)
# Beside them: vertical breaks, C1 controls (once letters of Windows-1252) and the bullets of Word's symbol font.
ODD = re.compile(f"[{_INVISIBLE}]|[\x0b\x0c\x80-\x9f\u2028\u2029\uf020-\uf0ff]")


def to_text(raw: str) -> str:
    """Plain text with lines: bullets as "• ", at most one blank line, no markup, nothing invisible.

    Never raises, and cleaning clean text changes nothing.
    """
    text = raw
    for _ in range(MAX_PASSES):
        cleaned = _pass(text)
        if cleaned == text:
            break
        text = cleaned
    return text


def to_line(raw: str) -> str:
    """The text on one line, for titles, names and places; a list becomes "a, b, c"."""
    return " ".join(to_text(raw).replace("\n• ", ", ").removeprefix("• ").split())


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value: empty, -1, nan, None, N/A, Not disclosed …"""
    word = text.strip()
    return not word or (len(word) < 20 and word.casefold().replace(" ", "_") in MISSING)


def literal(cell: str) -> list[Any] | dict[str, Any] | None:
    """The list or dict that a cell holds as a JSON or Python literal, or None if it holds none."""
    text = cell.strip()
    if text[:1] not in ("[", "(", "{") or text[-1:] not in ("]", ")", "}") or len(text) > MAX_LITERAL_CHARS:
        return None
    if not _shallow(text):
        return None
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None
    if isinstance(value, (tuple, set)):
        value = list(value)
    return value if isinstance(value, (list, dict)) else None


def _shallow(text: str) -> bool:
    if "---" in text or "~~~" in text:  # chains of signs nest without brackets
        return False
    depth = 0
    for count, bracket in enumerate(re.finditer(r"[\[({]|[\])}]", text)):
        depth += 1 if bracket[0] in "[({" else -1
        if depth > MAX_LITERAL_DEPTH or count > MAX_LITERAL_BRACKETS:
            return False
    return True


def _pass(text: str) -> str:
    if CLEAN.match(text):
        return text
    if "&" in text:
        text = ENTITY.sub(_entity, AMPERSANDS.sub("&", text))
    if "<" in text:
        text = _without_markup(text)
    if not text.isascii() and MOJIBAKE.search(text):
        text = "\n".join(ftfy.fix_encoding(line) if MOJIBAKE.search(line) else line for line in text.split("\n"))
    text = ODD.sub(_odd, text)
    if "\\" in text and ("\n" not in text or "\\r\\n" in text) and len(LITERAL_BREAK.findall(text)) > 1:
        text = LITERAL_BREAK.sub("\n", text)
    if text[:1] in ("[", "("):
        text = _listed(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = LINE_ENDS.sub("\n", SPACES.sub(" ", text))
    if "•" in text:
        text = BULLET_ALONE.sub("• ", text)
    return BLANK_LINES.sub("\n\n", text).strip().removesuffix("•").rstrip()


def _odd(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\x0b\x0c\u2028\u2029":
        return "\n"
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", errors="ignore")
    return "•" if "\uf020" <= character <= "\uf0ff" else ""


def _entity(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _without_markup(text: str) -> str:
    """Text with its HTML tags replaced by the line breaks and bullets that they stand for."""
    text = MARKS.sub("", text)
    parts: list[str] = []
    position = 0
    never_closed: set[str] = set()
    blocks = False
    for tag in TAG.finditer(text):
        if tag.start() < position:  # inside a dropped element
            continue
        name = (tag[2] or "").lower()
        if name and name not in HTML_NAMES:  # vector<int>, <your name>
            continue
        parts.append(text[position : tag.start()])
        position = tag.end()
        closing = bool(tag[1])
        if name in DROPPED and not closing and name not in never_closed:
            end = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(text, position)
            if end:
                position = end.end()
            else:
                never_closed.add(name)
        elif name == "li":
            parts.append(BLOCK if closing else f"{BLOCK}• ")
            blocks = True
        elif name in PARAGRAPHS:
            parts.append(BLOCK if closing else PARAGRAPH)
            blocks = True
        elif name in BLOCKS or name == "br":
            parts.append(BREAK if name == "br" else BLOCK)
            blocks = True
        elif name in ("td", "th"):
            parts.append(" ")
    parts.append(text[position:])
    # Between tags a line end of the source is a space, but boards leave meant ones too: join only wrapped prose.
    return BREAKS.sub(_break, WRAPPED.sub(" ", "".join(parts))) if blocks else "".join(parts)


def _break(match: re.Match[str]) -> str:
    run = match[0]
    if not MARKS.search(run):
        return run
    empty_line = PARAGRAPH in run or run.count(BREAK) > 1 or f"{BLOCK}{BREAK}{BLOCK}" in run
    return "\n\n" if empty_line else "\n"


def _listed(text: str) -> str:
    """A cell that is a literal list of texts, as lines; any other text as it is."""
    value = literal(text)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        return text
    return value[0] if len(value) == 1 else "\n".join(f"• {item}" for item in value)
