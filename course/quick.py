"""Saves two seconds wherever notebooks are printed."""

from __future__ import annotations

import sys


def import_jsonschema() -> None:
    """Import jsonschema, which nbformat needs, without the grammar it would build for checking IRIs.

    `rfc3987_syntax` builds a parser when it is imported: 1.7 s. jsonschema goes without where it is not
    installed, and no schema of notebooks has a field of that format.
    """
    if "jsonschema" in sys.modules or "rfc3987_syntax" in sys.modules:
        return
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment] — Python's own way to say "not installed"
    try:
        import jsonschema  # noqa: F401  # pyright: ignore[reportUnusedImport]
    finally:
        del sys.modules["rfc3987_syntax"]
