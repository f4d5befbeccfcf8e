"""Runs what draws pictures, mermaidx, in a process of its own.

Its native part lists what it leaked, on stderr and as long as a page, whenever a process that used it ends.
"""

from __future__ import annotations

import subprocess
import sys

from course.errors import CourseError

_SVG = "import sys, mermaidx; sys.stdout.write(mermaidx.render(sys.stdin.read()).svg())"
_PNG = """
import os, sys, mermaidx
for line in sys.stdin.read().split("\\0"):
    svg, _, target = line.rpartition("\\n")
    with open(target + ".part", "wb") as file:
        file.write(mermaidx.svg_to_png(svg))
    os.replace(target + ".part", target)
"""


def svg_of(mermaid: str) -> str:
    """Draw a Mermaid diagram.

    Raises:
        CourseError: it is none.
    """
    return _run(_SVG, mermaid)


def write_pngs(pictures: dict[str, str]) -> None:
    """Write SVG pictures as PNG files, by their paths; all in one process."""
    _run(_PNG, "\0".join(f"{svg}\n{path}" for path, svg in pictures.items()))


def _run(program: str, given: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], input=given, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise CourseError(f"a picture could not be drawn: {done.stderr.strip()[-800:]}")
    return done.stdout
