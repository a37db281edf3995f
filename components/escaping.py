"""Other people's text on our pages: names, questions, passages and answers are data, never markup.

`plain` shows every character as itself. `rich` lets lists, bold and code through and nothing else: no link, image,
HTML, formula or Streamlit directive survives, so that an answer never makes the browser fetch anything.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@^=\"'])")
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>`]*[^\s<>`.,;:!?)\]'\"]|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE
)
_BOLD_OR_CODE = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`")
_LINE = re.compile(r"^(?P<indent> {0,6})(?:(?P<bullet>[-*•])|(?P<number>\d{1,3})[.)])\s+(?P<rest>.*)$")
_HEADING = re.compile(r"^#{1,6}\s+(?P<rest>.+?)\s*#*$")
_LINK = re.compile(r"!?\[(?P<label>[^\]\n]*)\]\((?P<address>[^)\s]*)[^)\n]*\)")


def plain(text: str) -> str:
    """`text` as Markdown that shows exactly these characters, on one line."""
    return _escaped(" ".join(text.split()))


def rich(text: str) -> str:
    """`text` as Markdown limited to paragraphs, lists, bold and code."""
    return "\n".join(_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _line(line: str) -> str:
    if item := _LINE.match(line):
        marker = "-" if item["bullet"] else f"{item['number']}."
        return f"{item['indent']}{marker} {_inline(item['rest'])}"
    if heading := _HEADING.match(line):
        return f"**{_escaped(heading['rest'].replace('*', ''))}**\n"
    return _inline(line.strip())


def _inline(text: str) -> str:
    text = _LINK.sub(lambda link: f"{link['label']} {link['address']}".strip(), text)
    pieces: list[str] = []
    end = 0
    for match in _BOLD_OR_CODE.finditer(text):
        pieces.append(_escaped(text[end : match.start()]))
        pieces.append(f"`{match['code']}`" if match["code"] else f"**{_escaped(match['bold'])}**")
        end = match.end()
    return "".join((*pieces, _escaped(text[end:])))


def _escaped(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        pieces += [_PUNCTUATION.sub(r"\\\1", text[end : address.start()]), f"`{address.group()}`"]
        end = address.end()
    return "".join((*pieces, _PUNCTUATION.sub(r"\\\1", text[end:])))
