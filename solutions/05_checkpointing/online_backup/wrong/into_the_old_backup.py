# says: isn't a database at `copy_path`
def back_up(db_path, copy_path):
    """SQLite's backup API, straight into the old file: it is changed in one transaction, or not at all."""
    if not Path(db_path).is_file():
        raise FileNotFoundError(db_path)
    source = sqlite3.connect(db_path)
    source.execute("select count(*) from sqlite_master").fetchone()  # raises if it is no database
    target = sqlite3.connect(copy_path)
    source.backup(target)
    target.close()
    source.close()
