"""One Markdown source, two readings: styled HTML without remote resources, and plain text."""

import re
from collections.abc import Sequence
from itertools import chain

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

# What a letter needs, and what its plain text can say: the rest stays as it was written.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "fence", "code", "backticks", "blockquote", "hr", "reference", "html_block", "html_inline"]
)
_PUNCTUATION = re.compile(r"([!-+\-.<-?\[-`{-~])")
_BREAKABLE = re.compile(r"[^\S\u00a0\u202f]+")
"""Blanks at which a line may break, or that break it; French no-break spaces stay."""

_STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding-left:24px",
    "ol": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 4px",
    "h2": "margin:24px 0 8px;font-size:18px",
    "h3": "margin:16px 0 8px;font-size:16px",
    "a": "color:#0b4a8f;text-decoration:underline",
}


def escaped(value: object) -> Markup:
    """A value to be read as itself in Markdown, on one line; refuses None, which no letter should show."""
    if isinstance(value, Markup):
        return value
    if value is None:
        raise ValueError("a template shows a value that is absent")
    return Markup(_PUNCTUATION.sub(r"\\\1", _BREAKABLE.sub(" ", str(value)).strip(" ")))  # noqa: S704


def unstyled(source: str) -> Markup:
    """HTML for a page that has its own styles."""
    return Markup(_MARKDOWN.render(source))  # noqa: S704


def both(source: str) -> tuple[Markup, str]:
    """HTML, and the plain text of the same source."""
    tokens = _MARKDOWN.parse(source)
    text = _text(tokens)  # before the tokens are styled
    return _html(tokens), text


def to_text(source: str) -> str:
    """Plain text, each link followed by its address."""
    return _text(_MARKDOWN.parse(source))


def _html(tokens: Sequence[Token]) -> Markup:
    """With its style on each element, as mail clients want it."""
    for token in chain(tokens, *(token.children or () for token in tokens)):
        if token.nesting >= 0 and token.tag in _STYLES:
            token.attrSet("style", _STYLES[token.tag])
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704


def _text(tokens: Sequence[Token]) -> str:
    return "\n\n".join(_block(node) for node in SyntaxTreeNode(tokens).children)


def _block(node: SyntaxTreeNode) -> str:
    if node.type == "bullet_list":
        return "\n".join(f"- {_block(item)}" for item in node.children)
    if node.type == "ordered_list":
        first = int(node.attrs.get("start", 1))
        return "\n".join(f"{rank}. {_block(item)}" for rank, item in enumerate(node.children, first))
    if node.type == "list_item":
        return " ".join(_block(child) for child in node.children)
    return _inline(node)


def _inline(node: SyntaxTreeNode) -> str:
    if node.type == "text":
        return node.content
    if node.type == "softbreak":
        return " "
    inside = "".join(_inline(child) for child in node.children)
    if node.type != "link" or inside == node.attrs["href"]:
        return inside
    return f"{inside} : {node.attrs['href']}"
