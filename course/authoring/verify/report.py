"""Shows what `verify` found: marks and colour for people, plain lines for editors, JSON for machines."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from course.authoring.verify import lessons
from course.authoring.verify.behaviour import behaviour_rules, collection_rules
from course.authoring.verify.form import exercise_rules
from course.authoring.verify.rules import Problem
from course.authoring.verify.run import Report
from course.authoring.verify.subjects import STALE, STALE_TITLE, UNREADABLE, UNREADABLE_TITLE
from course.authoring.verify.whole import course_rules


def titles() -> dict[str, str]:
    """Every rule's title, by code."""
    found = {UNREADABLE: UNREADABLE_TITLE, STALE: STALE_TITLE, lessons.CODE: lessons.TITLE}
    for rules in (exercise_rules, course_rules, collection_rules, behaviour_rules):
        found.update({rule.code: rule.title for rule in rules.all})
    return dict(sorted(found.items()))


def show(report: Report, console: Console) -> None:
    """Print the rules, the problems and a summary."""
    broken = {problem.code for problem in report.problems}
    for code, title in titles().items():
        mark, note = (("✓", "green"), "") if code in report.applied else (("–", "dim"), " (not applied)")
        if code in broken:
            mark, note = ("✗", "red"), ""
        console.print(Text.assemble(mark, f" {code} {title}", (note, "dim")), soft_wrap=True)
    console.print()
    for problem in report.problems:
        # No markup and no wrapping: a terminal opens `path:line`.
        console.out(f"{near(problem.path)}:{problem.line}: {problem.code} {problem.message}", highlight=False)
    if report.problems:
        console.print()
    if report.skipped:
        console.out(f"Not run until the above is mended: {', '.join(report.skipped)}", highlight=False)
    console.out(summary(report), style="bold red" if report.problems else "bold green", highlight=False)


def summary(report: Report) -> str:
    """One line: how much is to fix, or what holds."""
    if report.problems:
        exercises = {problem.exercise for problem in report.problems if problem.exercise}
        where = f" in {_many(len(exercises), 'exercises')}" if exercises else ""
        return f"{len(report.problems)} to fix{where}"
    counts = ", ".join(_many(count, what) for what, count in report.counts.items())
    return f"Everything holds: {counts} ({report.seconds:.1f} s)"


def as_json(report: Report) -> str:
    """The report for machines."""
    return json.dumps(
        {
            "problems": [_record(problem) for problem in report.problems],
            "applied": sorted(report.applied),
            "counts": report.counts,
            "skipped": list(report.skipped),
            "seconds": round(report.seconds, 3),
        },
        indent=1,
        ensure_ascii=False,
    )


def near(path: Path) -> Path:
    """A path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _record(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "title": titles()[problem.code],
        "path": str(problem.path),
        "line": problem.line,
        "exercise": problem.exercise,
        "message": problem.message,
    }


def _many(count: int, plural: str) -> str:
    singular = {"near misses": "near miss"}.get(plural, plural.removesuffix("s"))
    return f"{count} {plural if count != 1 else singular}"
