"""Legal texts as HTML: Markdown without raw HTML, headings below the page's own."""

from functools import lru_cache
from typing import Final

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_markdown: Final = MarkdownIt("js-default", {"html": False, "linkify": False}).disable("image")


@lru_cache(maxsize=256)
def as_html(body: str) -> SafeString:
    """Headings start at h2, whatever level the text begins with."""
    tokens = _markdown.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(max(int(token.tag[1]), 2), 4)}"
    return mark_safe(_markdown.renderer.render(tokens, _markdown.options, {}))  # noqa: S308 - the parser escapes HTML
