"""A whole file of a package, behind a click: whoever wants to read on can, and nobody has to."""

from __future__ import annotations

from importlib import import_module
from inspect import getsource

from IPython.display import Markdown


def whole_file(module: str) -> Markdown:
    """Return the source of a module by its full name, folded away, for a notebook to show."""
    text, path = getsource(import_module(module)), f"{module.replace('.', '/')}.py"
    head = f"<summary><code>{path}</code>, {len(text.splitlines())} lines</summary>"
    return Markdown(f'<details markdown="1">{head}\n\n```python\n{text}```\n\n</details>')
