def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    ### BEGIN SOLUTION
    # mode=rw: plain `connect` would make an empty database of a file that is not there.
    source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    # In the same folder, for a file can take the place of another only in the same file system.
    with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "new.db")
        source.execute("vacuum into ?", (str(new),))
        # SQLite would take what a killed look at the old backup left beside it for the new one's.
        for left in ("-wal", "-journal"):
            Path(f"{copy_path}{left}").unlink(missing_ok=True)
        new.replace(copy_path)
    ### END SOLUTION
