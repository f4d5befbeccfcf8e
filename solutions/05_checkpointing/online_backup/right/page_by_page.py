def back_up(db_path, copy_path):
    """Page by page, so that even a large database is read in small steps; SQLite begins anew if it changes."""
    with tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "copy")
        uri = Path(db_path).absolute().as_uri()
        with (
            closing(sqlite3.connect(f"{uri}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(new)) as target,
        ):
            source.backup(target, pages=200)
            target.execute("pragma journal_mode = delete")
        for end in ("-wal", "-journal"):
            Path(f"{copy_path}{end}").unlink(missing_ok=True)
        new.replace(copy_path)
