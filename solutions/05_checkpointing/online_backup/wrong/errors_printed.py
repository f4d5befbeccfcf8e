# says: its caller believes
def back_up(db_path, copy_path):
    try:
        with (
            closing(sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)) as source,
            tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work,
        ):
            new = Path(work, "new.db")
            source.execute("vacuum into ?", (str(new),))
            for left in ("-wal", "-journal", "-shm"):
                Path(f"{copy_path}{left}").unlink(missing_ok=True)
            new.replace(copy_path)
    except sqlite3.Error as problem:
        print("no backup:", problem)
