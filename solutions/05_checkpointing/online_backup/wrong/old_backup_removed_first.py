# says: until the new one is whole
def back_up(db_path, copy_path):
    if Path(copy_path).exists():
        Path(copy_path).unlink()  # VACUUM INTO wants a path where nothing is
    with closing(sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)) as source:
        source.execute("vacuum into ?", (copy_path,))
