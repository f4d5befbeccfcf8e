import contextlib
import os


def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    source, target = Path(db_path).absolute(), Path(copy_path).absolute()
    part = target.with_name(target.name + ".part")

    def beside(path):
        return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]

    def remove(paths):
        for path in paths:
            path.unlink(missing_ok=True)

    with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=30)) as live:
        live.execute("select count(*) from sqlite_schema").fetchone()  # is it a database?
        remove([part, *beside(part)])  # of a backup that was killed
        try:
            with closing(sqlite3.connect(part.as_uri(), uri=True)) as copy:
                live.backup(copy, pages=-1)  # one step: one moment
                (mode,) = copy.execute("pragma journal_mode = delete").fetchone()
                (sound,) = copy.execute("pragma quick_check(1)").fetchone()
            if (mode, sound) != ("delete", "ok"):
                raise sqlite3.DatabaseError(f"the copy is in mode {mode}: {sound}")
            with part.open("rb") as file:
                os.fsync(file.fileno())
            remove(beside(target))  # they'd be played into the new file
            part.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                remove([part, *beside(part)])
            raise
