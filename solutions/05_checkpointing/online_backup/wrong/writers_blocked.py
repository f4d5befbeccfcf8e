# says: couldn't write
import shutil


def back_up(db_path, copy_path):
    connection = sqlite3.connect(
        f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
    )
    connection.execute("begin immediate")  # a backup needs the database to stand still
    new = copy_path + ".tmp"
    shutil.copy(db_path, new)
    if Path(db_path + "-wal").exists():
        shutil.copy(db_path + "-wal", new + "-wal")
    connection.execute("rollback")
    connection.close()
    copy = sqlite3.connect(new)
    copy.execute("pragma wal_checkpoint(truncate)")
    copy.close()
    Path(new).replace(copy_path)
