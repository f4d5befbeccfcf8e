"""Lets stock nbgrader work on this course: `nbgrader autograde 01_basic`, formgrader, feedback, export.

Everything lies below this file's folder; what nbgrader makes lies in `build/`. Learners' code runs in the
same sandbox as under `course grade`, and gets the same scores. To grade with nbgrader itself:

    course build --answers build/answers
    nbgrader generate_assignment 01_basic --force   # fills the gradebook, prints the same
    nbgrader autograde 01_basic                        # build/submitted/STUDENT/01_basic/exercises.ipynb
    nbgrader generate_feedback 01_basic
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from course.authoring.printing import CODE_STUB, TEXT_STUB

c = get_config()  # noqa: F821  # pyright: ignore — nbgrader puts the function here when it reads this file
root = Path(__file__).resolve().parent

# Where the tests are: for the step that grades, and for `check()` in the kernels of `nbgrader validate`.
# Set, not defaulted: a COURSE_ROOT left in the environment must not send another course's tests here.
os.environ["COURSE_ROOT"] = str(root)

# nbgrader calls `alembic` by its bare name: let it find the one that was installed with it.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

c.CourseDirectory.course_id = "langgraph-persistence"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "build/answers"
c.CourseDirectory.release_directory = "modules"
c.CourseDirectory.submitted_directory = "build/submitted"
c.CourseDirectory.autograded_directory = "build/autograded"
c.CourseDirectory.feedback_directory = "build/feedback"
c.CourseDirectory.db_url = f"sqlite:///{root / 'build' / 'gradebook.db'}"
# Only this notebook is graded. It also keeps `--force` from deleting the whole folder that it releases to,
# where the lesson's hand-written source lies: with a name given, nbgrader deletes that notebook alone.
c.CourseDirectory.notebook_id = "exercises"

c.ClearSolutions.code_stub = {"python": CODE_STUB}
c.ClearSolutions.text_stub = TEXT_STUB

# Submissions are collected by hand or by an LMS: no exchange folder, and no buttons for one. A hub has one.
c.Exchange.root = os.environ.get("COURSE_EXCHANGE", "")

# nbgrader's own steps, and one that lets a class go on where a learner copied a cell.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "course.instructor.nbgrader_steps.ForgetDuplicates",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# nbgrader's own steps, but for the first: that runs learners' code and the tests in one kernel, as you.
c.Autograde.autograde_preprocessors = [
    "course.instructor.nbgrader_steps.GradeInSandbox",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Under `nbgrader validate` a cell may take this long: the longest exercise starts several processes.
c.ExecutePreprocessor.timeout = 120
c.Execute.timeout = 120

# What learners wrote goes into pages that an instructor opens: no script of theirs may run there.
c.HTMLExporter.sanitize_html = True
# nbgrader's own templates leave Markdown out of that.
c.HTMLExporter.filters = {"markdown2html": "autograder.submissions.sanitize.rendered"}
