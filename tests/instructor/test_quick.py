"""nbgrader's database code is imported alone, and nbgrader itself works before and after."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import patience

OURS = "from autograder.gradebook.nbgrader_import import nbgrader_api; api = nbgrader_api()"
LOADED = "assert 'nbgrader' not in sys.modules and 'nbgrader.server_extensions' not in sys.modules"
BOOK = "api.Gradebook('sqlite://').update_or_create_assignment('01_basic')"
NBGRADER = "import nbgrader, nbgrader.api, nbgrader.apps; nbgrader.apps.NbGraderApp"
THEIRS = "nbgrader.api.Gradebook('sqlite://').update_or_create_student('ada')"
ALONE = "nbgrader.api.get_alembic_version = lambda: 'x'; api.get_alembic_version = lambda: 'x'"


@pytest.mark.parametrize("lines", [(OURS, LOADED, NBGRADER), (NBGRADER, OURS)], ids=["before", "after"])
def test_nbgrader_can_be_imported_too(lines: tuple[str, ...]):
    program = "\n".join(["import sys", *lines, ALONE, BOOK, THEIRS, BOOK])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=patience.seconds()
    )
    assert done.returncode == 0, done.stderr


def test_the_schema_is_called_as_nbgrader_calls_it():
    import nbgrader
    from alembic.script import ScriptDirectory

    from autograder.gradebook.connection import schema_version

    folder = nbgrader.__file__.replace("__init__.py", "alembic")
    assert schema_version() == ScriptDirectory(folder).get_current_head()
