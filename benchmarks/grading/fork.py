"""The limit that forking sets: our engine on one submission after the other, with no walls and no paper.

No usable_tier, no gradebook, no notebooks, no feedback: a warm process a processor, a fork a submission, the
same cells and the same tests. `python -m benchmarks.grading.fork COURSE MODULE NOTEBOOK COUNT JOBS`.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from autograder.grading.cells import CodeCell, grade_cells
from autograder.sandbox.walls.tiers import UNISOLATED
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.submissions.assignment import read_handout
from autograder.submissions.notebook import read_notebook
from autograder.testing.judge import Judge
from course.paths import Root


def main() -> None:
    folder, module, notebook, count, jobs = sys.argv[1:]
    shares = [len(range(number, int(count), int(jobs))) for number in range(int(jobs))]
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_grade, args=(Root(Path(folder)), module, Path(notebook), share))
        for share in shares
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    sys.exit(any(process.exitcode for process in processes))


def _grade(root: Root, module: str, notebook: Path, count: int) -> None:
    tests = root.test_files(module)
    handout = read_handout(root.notebook(module, "exercises"))
    cells = [
        CodeCell(source=cell.source, exercise=cell.exercise)
        for cell in read_notebook(notebook).cells
        if cell.kind == "code" and not ((slot := handout.slot(cell.grade_id or "")) and slot.locked)
    ]
    with ZygoteClient(tier=UNISOLATED) as zygote, Judge(tests) as judge:
        for seed in range(count):
            results = grade_cells(judge, zygote, cells, seed=seed)
            if not all(result.status == "passed" for result in results):
                sys.exit(f"not all passed: {results}")


if __name__ == "__main__":
    main()
