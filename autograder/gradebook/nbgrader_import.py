"""Imports nbgrader's gradebook without the seconds of imports that it doesn't need."""

from __future__ import annotations

import functools
import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import Any, cast


@functools.cache
def nbgrader_api() -> Any:  # noqa: ANN401 — nbgrader has no types
    """Import `nbgrader.api`, the gradebook, without the rest of nbgrader.

    `import nbgrader` loads its four server extensions: 3 s more. So a bare module of that name stands in
    while its database code is imported, and nothing of that stays in `sys.modules`: whoever imports nbgrader
    later gets all of it, in copies of its own.
    """
    if "nbgrader" in sys.modules:
        return importlib.import_module("nbgrader.api")
    package = module_from_spec(cast("ModuleSpec", find_spec("nbgrader")))
    sys.modules["nbgrader"] = package
    try:
        return importlib.import_module("nbgrader.api")
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "nbgrader"]:
            del sys.modules[name]
