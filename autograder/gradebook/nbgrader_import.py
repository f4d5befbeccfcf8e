"""Imports nbgrader's gradebook and nbformat without the seconds of imports that neither needs."""

from __future__ import annotations

import functools
import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import Any, cast

FORMATS = ("rfc3987_syntax", "isoduration")
"""What jsonschema would import to check IRIs and durations: 2 s, for no field that a notebook has."""


def import_jsonschema() -> None:
    """Import jsonschema, which nbformat needs, as if what checks `FORMATS` were not installed."""
    if "jsonschema" in sys.modules:
        return
    hidden = [name for name in FORMATS if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type] — Python's own way to say "not installed"
    try:
        import jsonschema  # noqa: F401  # pyright: ignore[reportUnusedImport]
    finally:
        for name in hidden:
            del sys.modules[name]


@functools.cache
def nbgrader_api() -> Any:  # noqa: ANN401 — nbgrader has no types
    """Import `nbgrader.api`, the gradebook, without the rest of nbgrader.

    `import nbgrader` loads its four server extensions: 3 s more. So a bare module of that name stands in
    while its database code is imported, and nothing of that stays in `sys.modules`: whoever imports nbgrader
    later gets all of it, in copies of its own.
    """
    import_jsonschema()
    if "nbgrader" in sys.modules:
        return importlib.import_module("nbgrader.api")
    package = module_from_spec(cast("ModuleSpec", find_spec("nbgrader")))
    sys.modules["nbgrader"] = package
    try:
        return importlib.import_module("nbgrader.api")
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "nbgrader"]:
            del sys.modules[name]
