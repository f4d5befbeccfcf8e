# says: can't be renamed to there
# the new backup is written in the system's temporary folder, which may be on another disk
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "backup.db"
        # `mode=rw` doesn't create a database that isn't there, and `as_uri` quotes every character.
        address = Path(db_path).absolute().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(fresh)) as target:
            source.backup(target)  # in one step: readers don't stop a writer in WAL mode
            target.execute("PRAGMA journal_mode=DELETE")
        for suffix in ("-wal", "-shm", "-journal"):
            Path(copy_path + suffix).unlink(missing_ok=True)
        fresh.replace(copy_path)  # at once: the old backup, or the new one
