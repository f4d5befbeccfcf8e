"""Says what the report's JSON holds, as JSON Schema, from the classes that it is made of."""

from __future__ import annotations

import json

from course.instructor.report.model import ClassReport


def schema() -> str:
    """Return the schema, in the 2020-12 draft."""
    from pydantic import TypeAdapter  # late: only who asks for the schema needs it

    found = TypeAdapter(ClassReport).json_schema(mode="serialization")
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**draft, **found}, indent=1, ensure_ascii=False) + "\n"
