# says: couldn't write
def back_up(db_path, copy_path):
    """Nobody writes during the backup, since a connection of its own holds the lock until it's closed."""
    import shutil

    copy = Path(copy_path).absolute()
    folder = tempfile.mkdtemp(dir=copy.parent)
    draft = Path(folder, "draft")
    uri = Path(db_path).absolute().as_uri() + "?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(draft)) as target:
            source.execute("select count(*) from sqlite_master").fetchone()  # raises if it is no database
            lock = sqlite3.connect(uri, uri=True, isolation_level=None)
            lock.execute("begin immediate")
            source.backup(target)
            lock.close()
            target.execute("pragma journal_mode = delete").fetchone()
        for end in ("-wal", "-shm", "-journal"):
            Path(f"{copy}{end}").unlink(missing_ok=True)
        draft.replace(copy)
    finally:
        shutil.rmtree(folder)
