# says: is no part of a backup
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    address = Path(db_path).absolute().as_uri() + "?mode=rw"
    target = Path(copy_path).absolute()
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / "part"
        with closing(sqlite3.connect(address, uri=True)) as source:
            source.execute("select count(*) from sqlite_master").fetchall()
            with closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                copy.execute("pragma journal_mode = delete").fetchall()
        for leftover in target.parent.glob(f"{target.name}-*"):
            leftover.unlink()
        part.replace(target)
