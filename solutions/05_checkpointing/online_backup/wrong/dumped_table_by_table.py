# says: each statement reads another moment
def back_up(db_path, copy_path):
    with Path(db_path).open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise ValueError(f"{db_path} is no SQLite database")
    target = Path(copy_path).resolve()
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        uri = Path(db_path).resolve().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(fresh)) as copy:
            copy.executescript("\n".join(source.iterdump()))  # one call, so one moment
        for stale in ("-wal", "-shm", "-journal"):
            target.with_name(target.name + stale).unlink(missing_ok=True)
        fresh.replace(target)
