"""Markup out of retrieved text: what is shown can open no link, load no image and carry no HTML (OWASP LLM05).

Idempotent: cleaning clean text changes nothing, and what one pass uncovers the next pass removes.
"""

from __future__ import annotations

import html
import re

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|\{/\*.*?\*/\}", re.DOTALL)
_ACTIVE = re.compile(r"<(script|style|iframe|object|svg)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]\[]*)\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[((?:[^\]\[]|\[[^\]\[]*\])*)\]\s?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_REFERENCE = re.compile(r"^[ \t]*\[[^\]]+\]:[ \t]*\S+.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<(?:https?|ftp|mailto|javascript|data):[^>\s]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][\w.:-]*(?:\s[^<>]*)?/?>|<[A-Z]?>|</>")
_OPEN_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_SCHEME = re.compile(
    r"(?:https?|ftp|file)://(?:www\.)?|\bhttps?:(?=\S)|(?:javascript|vbscript):|\bdata:[a-z]+/[\w.+-]+[;,]",
    re.IGNORECASE,
)
_WWW = re.compile(r"\bwww\.(?=\S)", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*{1,3})(?=\S)([^*\n]+?)(?<=\S)\1")
_UNDERLINE = re.compile(r"(?<![\w\\])(_{1,2})(?=\S)([^_\n]+?)(?<=\S)\1(?!\w)")
_CODE_SPAN = re.compile(r"(`{1,3})([^`\n]+?)\1")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>|~])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Running text without links, images, HTML, emphasis and control characters."""
    for _ in range(50):
        cleaned = _one_pass(text)
        if cleaned == text:
            break
        text = cleaned
    return _OPEN_TAG.sub("‹", text).replace("](", "] (").strip()


def plain_code(text: str) -> str:
    """Code as written, but no line of it can close its fence or become an image."""
    text = _CONTROL.sub("", text).replace("![", "! [")
    return re.sub(r"^(\s*)(`{3,}|~{3,})", r"\1", text, flags=re.MULTILINE)


def _one_pass(text: str) -> str:
    text = _ACTIVE.sub(" ", _COMMENT.sub(" ", _CONTROL.sub("", text)))
    text = _REFERENCE.sub("", text)
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text, spans = _take_code_spans(text)
    text = _TAG.sub("", _AUTOLINK.sub("", html.unescape(text)))
    text = _UNDERLINE.sub(r"\2", _EMPHASIS.sub(r"\2", _ESCAPE.sub(r"\1", text)))
    for number, span in enumerate(spans):
        text = text.replace(f"\ue000{number}\ue001", span)
    return _WWW.sub("", _SCHEME.sub("", text))


def _take_code_spans(text: str) -> tuple[str, list[str]]:
    """Code spans keep their underscores and angle brackets; they are put back after the markup is gone."""
    spans: list[str] = []

    def keep(found: re.Match[str]) -> str:
        spans.append(found.group(2).strip().replace("<", "‹").replace(">", "›"))
        return f"\ue000{len(spans) - 1}\ue001"

    text = text.replace("\ue000", "").replace("\ue001", "")
    return _CODE_SPAN.sub(keep, text), spans
