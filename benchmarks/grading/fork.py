"""The limit that forking sets: our engine on one submission after the other, with no walls and no paper.

No isolation, no gradebook, no notebooks, no feedback: a warm process a processor, a fork a submission, the
same cells and the same tests. `python -m benchmarks.grading.fork COURSE MODULE NOTEBOOK COUNT JOBS`.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from autograder.grading import Cell, grade_cells
from autograder.handout import read_handout
from autograder.isolation.tiers import UNISOLATED
from autograder.judge import Judge
from autograder.notebook import read_submission
from autograder.worker import Zygote
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
        Cell(source=cell.source, exercise=cell.exercise)
        for cell in read_submission(notebook).cells
        if cell.kind == "code" and not ((slot := handout.slot(cell.grade_id or "")) and slot.locked)
    ]
    with Zygote(tier=UNISOLATED) as zygote, Judge(tests) as judge:
        for seed in range(count):
            results = grade_cells(judge, zygote, cells, seed=seed)
            if not all(result.status == "passed" for result in results):
                sys.exit(f"not all passed: {results}")


if __name__ == "__main__":
    main()
