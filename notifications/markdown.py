"""One Markdown source, two readings: styled HTML without remote resources, and plain text."""

import re
from collections.abc import Sequence
from itertools import chain, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from notifications.typography import unbreakable

# What a letter needs, and what its plain text can say: the rest stays as it was written.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "fence", "code", "backticks", "hr", "reference", "html_block", "html_inline"]
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
    "blockquote": "margin:0 0 16px;padding:16px 16px 12px;background:#eef3fa;border-left:4px solid #0b4a8f",
}
_CARD_LIST = "margin:0;padding:0;list-style:none"
_BUTTON = (
    "display:inline-block;padding:12px 20px;background:#0b4a8f;border-radius:6px;color:#ffffff;"
    "font-weight:bold;text-decoration:none"
)
_CLASSES = {"a": "link", "blockquote": "card"}
"""What the style sheet of a letter takes up in dark mode, where styles on the elements cannot change."""


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


def both(source: str, *, button: bool = False) -> tuple[Markup, str]:
    """HTML, and the plain text of the same source; ``button``: its first link that stands alone is one."""
    tokens = _MARKDOWN.parse(source)
    text = _text(tokens)  # before the tokens are styled
    act = next((link for block in tokens if (link := _only_link(block))), None) if button else None
    return _html(tokens, act), text


def to_text(source: str) -> str:
    """Plain text, each link followed by its address."""
    return _text(_MARKDOWN.parse(source))


def _html(tokens: Sequence[Token], act: Token | None) -> Markup:
    """With its style on each element, as mail clients want it: what matters as a card, the act as a button."""
    for token in chain(tokens, *(token.children or () for token in tokens)):
        if token.nesting >= 0 and token.tag in _STYLES:
            token.attrSet("style", _STYLES[token.tag])
            if token.tag in _CLASSES:
                token.attrSet("class", _CLASSES[token.tag])
        if token.type == "text":
            token.content = unbreakable(token.content)
    for block, inside in pairwise(tokens):
        if block.type == "blockquote_open" and inside.type == "bullet_list_open":
            inside.attrSet("style", _CARD_LIST)
    if act:
        act.attrSet("style", _BUTTON)
        act.attrSet("class", "button")
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704


def _only_link(block: Token) -> Token | None:
    """The link that a paragraph consists of."""
    children = block.children or []
    alone = [child.type for child in children] == ["link_open", "text", "link_close"]
    return children[0] if alone else None


def _text(tokens: Sequence[Token]) -> str:
    return "\n\n".join(_block(node) for node in SyntaxTreeNode(tokens).children)


def _block(node: SyntaxTreeNode) -> str:
    if node.type == "bullet_list":
        return "\n".join(f"- {_block(item)}" for item in node.children)
    if node.type == "ordered_list":
        first = int(node.attrs.get("start", 1))
        return "\n".join(f"{rank}. {_block(item)}" for rank, item in enumerate(node.children, first))
    if node.type == "blockquote":
        return "\n\n".join(_block(child) for child in node.children)
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
