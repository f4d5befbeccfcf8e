# says: which a killed process left
def back_up(db_path, copy_path):
    source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "new.db")
        source.execute("vacuum into ?", (str(new),))
        new.replace(copy_path)  # the old backup is gone, so nothing of it is left
