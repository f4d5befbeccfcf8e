# says: which a killed process left
import shutil


def back_up(db_path, copy_path):
    if not Path(db_path).exists():
        raise FileNotFoundError(db_path)
    if Path(db_path).read_bytes()[:15] != b"SQLite format 3":
        raise ValueError(f"{db_path} is no database")
    new = copy_path + ".tmp"
    shutil.copy(db_path, new)
    shutil.copy(db_path + "-wal", new + "-wal")  # the newest commits are in here, so both make it whole
    connection = sqlite3.connect(new)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    Path(new).replace(copy_path)
