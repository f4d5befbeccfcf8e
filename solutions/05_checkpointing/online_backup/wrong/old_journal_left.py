# says: remove the `-journal`
def back_up(db_path, copy_path):
    """SQLite's backup API, into a folder of its own beside the old backup, whose side files go just before it."""
    import shutil

    copy = Path(copy_path).absolute()
    folder = tempfile.mkdtemp(dir=copy.parent)
    draft = Path(folder, "draft")
    uri = Path(db_path).absolute().as_uri() + "?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(draft)) as target:
            source.execute("select count(*) from sqlite_master").fetchone()  # raises if it is no database
            source.backup(target)
            target.execute("pragma journal_mode = delete").fetchone()
        for end in ("-wal", "-shm"):  # the side files that WAL mode has
            Path(f"{copy}{end}").unlink(missing_ok=True)
        draft.replace(copy)
    finally:
        shutil.rmtree(folder)
