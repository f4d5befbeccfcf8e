"""Hidden tests of `online_backup`."""

from __future__ import annotations

import pytest

from test_online_backup import assert_moment, assert_refused, back_up_service, draw_service


@pytest.mark.exercise("online_backup", points=1)
def test_no_backup_of_no_database(submission):
    """Paths hold any characters; a source that is no database raises, and the old backup is still there."""
    rng = submission.rng
    copy = submission.path("backup.db")
    seen = submission.observe(
        back_up_service,
        db=submission.path("50%41 off? no #1.db"),
        copy=copy,
        texts=draw_service(rng, 6),
        busy=False,
    )
    assert_moment(seen, submission.file("backup.db"))
    assert_refused(submission, f"{rng.randrange(10**6)}.db", f"{rng.random()} is no database\n" * 200)
