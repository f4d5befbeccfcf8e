"""Hidden tests of `online_backup`."""

from __future__ import annotations

import pytest

from test_online_backup import assert_moment, assert_refused, back_up_service, draw_service


@pytest.mark.exercise("online_backup", points=1, rules=(5, 7))
def test_no_backup_of_no_database(submission):
    """Paths contain any characters; a source that isn't a database raises, and the old backup is still there."""
    rng = submission.rng
    copy_name = 'it\'s #2; "old"? 100%.db'
    seen = submission.observe(
        back_up_service,
        db=submission.path("50%41 off? no #1.db"),
        copy=submission.path(copy_name),
        texts=draw_service(rng, 6),
        busy=False,
    )
    assert_moment(seen, submission.file(copy_name))
    assert_refused(submission, f"{rng.randrange(10**6)}.db", f"{rng.random()} is no database\n" * 200)
