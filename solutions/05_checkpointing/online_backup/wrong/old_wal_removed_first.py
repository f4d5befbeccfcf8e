# says: has lost its newest row
def back_up(db_path, copy_path):
    """First tidy up what a killed process left beside the old backup, then make the new one."""
    import shutil

    copy = Path(copy_path).absolute()
    folder = tempfile.mkdtemp(dir=copy.parent)
    draft = Path(folder, "draft")
    for end in ("-wal", "-shm", "-journal"):
        Path(f"{copy}{end}").unlink(missing_ok=True)
    uri = Path(db_path).absolute().as_uri() + "?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(draft)) as target:
            source.execute("select count(*) from sqlite_master").fetchone()  # raises if it is no database
            source.backup(target)
            target.execute("pragma journal_mode = delete").fetchone()
        draft.replace(copy)
    finally:
        shutil.rmtree(folder)
