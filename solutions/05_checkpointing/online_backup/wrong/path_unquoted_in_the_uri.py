# says: any character
def back_up(db_path, copy_path):
    source = sqlite3.connect(f"file:{db_path}?mode=rw", uri=True)
    with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "new.db")
        source.execute(f"vacuum into '{new}'")
        for left in ("-wal", "-shm", "-journal"):
            Path(f"{copy_path}{left}").unlink(missing_ok=True)
        new.replace(copy_path)
