# says: so take it as it is
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    address = Path(db_path).expanduser().absolute().as_uri() + "?mode=rw"
    target = Path(copy_path).absolute()
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / "part"
        with closing(sqlite3.connect(address, uri=True)) as source:
            source.execute("select count(*) from sqlite_master").fetchall()
            with closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                copy.execute("pragma journal_mode = delete").fetchall()
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        part.replace(target)
