"""What a build made is kept for all clones, and not for ever."""

import os
import time

from course.site.kept import DAYS, drawings, forget_old, kept


def test_it_lies_where_caches_do_or_where_one_says(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert kept("lessons", "a.ipynb") == tmp_path / "lessons" / "a.ipynb"
    monkeypatch.delenv("COURSE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert (tmp_path / "caches") in kept("lessons", "a.ipynb").parents or os.name == "nt"


def test_what_is_old_goes(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    forget_old()  # there is nothing yet
    old, new = kept("lessons", "old.ipynb"), drawings() / "new.svg"
    for path, days in ((old, DAYS + 1), (new, DAYS - 1)):
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (0, time.time() - days * 86400))
    forget_old()
    assert not old.exists() and new.exists()
