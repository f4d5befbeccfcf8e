# says: any character
def back_up(db_path, copy_path):
    source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    with closing(source):
        source.execute(f"vacuum into '{copy_path}.tmp'")
        for left in ("-wal", "-shm", "-journal"):
            Path(f"{copy_path}{left}").unlink(missing_ok=True)
        Path(copy_path + ".tmp").replace(copy_path)
