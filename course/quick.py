"""Saves two seconds wherever notebooks are printed."""

from __future__ import annotations

from autograder.quick import import_jsonschema as import_jsonschema
