"""The outline of the course: what each module promises, and how long its lesson takes."""

import pytest

from course.learner.outline import outline
from course.learner.start_page import files_for_learners
from course.paths import Root

ROOT = Root.find()


@pytest.mark.parametrize("module", outline(ROOT), ids=lambda module: module.name)
def test_every_module_promises_something_in_one_line(module):
    assert module.promise.endswith(".") and module.promise.count(".") == 1 and "\n" not in module.promise
    assert 30 <= len(module.promise) <= 90


def test_no_two_modules_promise_the_same():
    promises = [module.promise for module in outline(ROOT)]
    assert len(set(promises)) == len(promises)


def test_a_promise_is_no_file_of_a_learners():
    assert not [path for path in files_for_learners(ROOT) if path.endswith("promise.md")]
