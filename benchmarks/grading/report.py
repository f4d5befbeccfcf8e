"""Writes the page of the benchmark: the part of docs/benchmark.md that stands between the markers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.grading.results import OURS, ModuleCost, Results, Way
from benchmarks.grading.targets import targets

BEGIN = "<!-- measured: written by `make bench`, not by hand -->"
END = "<!-- end of what was measured -->"
PLOT = "benchmark-{theme}.svg"
LONGEST = 20  #: how many exercises are listed
MODULES = """\
One worked notebook of each module, graded alone by `course grade`. The small notebook comes first.
A notebook takes its *processor* and *waiting* seconds: while its tests wait, other submissions use the
processors. The *start*, with a blank notebook in it, comes once a run. The *writing* goes on while the next
notebook is graded.

*One student* is that whole run. *By nbgrader* is the same for `nbgrader autograde` and
`nbgrader generate_feedback`, from a cold start too. They use the course's `nbgrader_config.py`: tests and
sandbox are the same, and only nbgrader's own steps differ. Plain test cells can't kill a learner's
process, so these notebooks have no other form for nbgrader."""
ALT = "Milliseconds for each further submission, on a logarithmic scale"


def write(results: Results, page: Path) -> None:
    """Put the results into the page, in place of the last ones.

    Raises:
        SystemExit: the page has lost its markers.
    """
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}:1: the page needs the lines `{BEGIN}` and `{END}`")
    page.write_text(f"{before}{BEGIN}\n\n{measured(results)}\n{END}{after}", "utf-8")


def measured(results: Results) -> str:
    """Return the generated part, as Markdown."""
    count = results.way(OURS).many.count
    parts = [
        _machine(results),
        "### What was aimed at",
        table(
            ["aim", "reached", ""], ([t.aim, t.reached, "✓" if t.holds else "✗"] for t in targets(results))
        ),
        f"### Side by side: a class of {count}",
        "\n".join(f"![{ALT}](assets/{PLOT.format(theme=theme)}#only-{theme})" for theme in ("light", "dark")),
        table(_head(count), (_row(way, results.way(OURS)) for way in results.ways)),
        "*Class of*, *a second* and *processor time* are of whole runs, start included. ≈ is worked out from"
        f" smaller classes ({_small_ones(results)} submissions). × compares with `course grade`.",
        "### Small classes and large ones",
        table(
            ["submissions", "a second", "each further", "processor time, each", "memory of the parent"],
            _sizes(results),
        ),
        *_modules(results),
        "### Where exercises take their time",
        *_exercises(results),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are numbers, or as short."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _machine(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return (
        f"{machine.date}, commit {machine.commit}; {machine.cores} processors ({machine.processor}),"
        f" {machine.memory_gb:g} GB, {machine.system}; sandbox of tier {machine.tier}; {versions}."
        f" Processor time is that of {machine.counted}."
        f" Before the first measurement the machine was {100 * machine.load:.0f} % busy."
    )


def _head(count: int) -> list[str]:
    return ["", "each further", f"class of {count}", "a second", "×", "processor time, each", "×"]


def _row(way: Way, ours: Way) -> list[str]:
    count = ours.many.count
    seconds, about = way.seconds(count), "" if way.many.count == count else "≈ "
    return [
        way.name,
        f"{1000 * way.each:,.0f} ms",
        f"{about}{seconds:,.1f} s",
        f"{about}{count / seconds:.{1 if count > seconds else 2}f}",
        f"{seconds / ours.many.seconds:.1f}",
        f"{about}{1000 * way.cpu(count) / count:,.0f} ms",
        f"{way.cpu(count) / ours.many.cpu:.1f}",
    ]


def _small_ones(results: Results) -> str:
    count = results.way(OURS).many.count
    smaller = [way for way in results.ways if way.many.count != count]
    return ", ".join(f"{way.name} {_counts(way)}" for way in smaller)


def _counts(way: Way) -> str:
    return " and ".join(str(cost.count) for cost in (way.few, way.many) if cost.count)


def _sizes(results: Results) -> Iterator[list[str]]:
    for size in results.sizes:
        yield [
            f"{size.count:,}",
            f"{size.count / size.seconds:.1f}",
            f"{1000 * size.each:.1f} ms",
            f"{1000 * size.cpu_each:.1f} ms",
            f"{size.peak_mb:.0f} MB",
        ]


def _modules(results: Results) -> Iterator[str]:
    """Yield what is known of the course's own modules: nothing, if they weren't measured."""
    if results.modules:
        yield "### The course's own notebooks"
        yield MODULES
        yield table(
            ["", "processor", "waiting", "writing", "start", "one student", "by nbgrader", "×"],
            map(_parts, results.modules),
        )
    for one in results.classes:
        again = f" {one.again} tests ran a second time, alone." if one.again else ""
        yield (
            f"{one.students} students who hand in the first {one.modules} modules take {one.seconds:,.0f} s,"
            f" which includes {one.processor:,.0f} s of processor time.{again}"
        )


def _parts(cost: ModuleCost) -> list[str]:
    parts = (cost.processor, cost.waiting, cost.writing, cost.start, cost.one, cost.nbgrader)
    times = [f"{seconds:.2f} s" for seconds in parts]
    return [f"`{cost.module}`", *times, f"{cost.nbgrader / cost.one:.1f}"]


def _exercises(results: Results) -> Iterator[str]:
    """Yield the exercises that take longest."""
    found = [
        (seconds, module, name)
        for module, times in results.exercises.items()
        for name, seconds in times.items()
    ]
    longest = sorted(found, reverse=True)[:LONGEST]
    yield f"The {len(longest)} that take longest, of {len(found)}, each with its worked answer:"
    rows = ([f"`{name}`", f"`{module}`", f"{seconds:.2f} s"] for seconds, module, name in longest)
    yield table(["exercise", "module", "seconds a submission"], rows)
