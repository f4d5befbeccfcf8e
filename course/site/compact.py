"""A Markdown extension: highlighted code with no more marks than a page needs.

Pygments marks names and spaces, which have the colour of the code around them: a third of a page's elements.

Material's script asks for the size of every `pre > code`, so the browser lays out what nobody has seen yet:
on a phone that's a second for a lesson. So one more element stands between the two, except where notes belong
to the code, which that script puts in. Lines lose their ids, since it changes code that has some.
"""

from __future__ import annotations

import re

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor

_PLAIN = re.compile(r'<span class="(?:n|w)">([^<]*)</span>')
_LINE = re.compile(r'<span id="line-\d+-\d+">')
_BLOCK = re.compile(r"<pre><span></span><code>((?:(?!\(\d+\)!?</span>).)*?)</code></pre>", re.DOTALL)


class Compact(Postprocessor):
    """Takes the marks out, once the code is back in the page."""

    def run(self, text: str) -> str:
        text = _LINE.sub('<span class="line">', _PLAIN.sub(r"\1", text))
        return _BLOCK.sub(r'<pre><span class="block"><code>\1</code></span></pre>', text)


class CompactExtension(Extension):
    """What mkdocs.yml names."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.postprocessors.register(Compact(md), "compact", 1)


def makeExtension(**settings: object) -> CompactExtension:
    """Where Python-Markdown looks for an extension."""
    return CompactExtension(**settings)
