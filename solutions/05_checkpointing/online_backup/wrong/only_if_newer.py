# says: until SQLite moves them
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    import os

    copy = Path(copy_path).absolute()
    if copy.exists() and Path(db_path).exists() and copy.stat().st_mtime >= Path(db_path).stat().st_mtime:
        return
    handle, name = tempfile.mkstemp(prefix=".backup-", dir=copy.parent)
    os.close(handle)
    try:
        # mode=rw: SQLite doesn't create a database that isn't there.
        uri = Path(db_path).absolute().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as source:
            source.execute("vacuum into ?", (name,))
        with closing(sqlite3.connect(name, isolation_level=None)) as made:
            made.execute("pragma journal_mode = delete").fetchall()
            if made.execute("pragma integrity_check").fetchall() != [("ok",)]:
                raise sqlite3.DatabaseError("the backup is damaged")
        for ending in ("-wal", "-shm", "-journal"):
            Path(f"{copy}{ending}").unlink(missing_ok=True)
        Path(name).replace(copy)
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(name + ending).unlink(missing_ok=True)
