"""Defines the verb `course doctor`."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print for a machine: one JSON document.")] = False,
) -> int:
    """Say how safely this machine can grade: each wall around learners' code, tried for real.

    Tier A has every wall, tier B those that need no namespaces. Exit code 1: submissions cannot be graded
    here. For each wall that is missing, the command that gets it stands below it.
    """
    from autograder.sandbox.find_tier import find_tier

    tier = find_tier()
    if as_json:
        import json
        from dataclasses import asdict

        print(json.dumps(asdict(tier), indent=1))
    else:
        from course.instructor.doctor import show

        show(tier)
    return 1 if tier.name == "none" else 0


VERBS = [doctor]
