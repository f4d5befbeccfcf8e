# says: which a killed process left
import shutil


def back_up(db_path, copy_path):
    connection = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    connection.execute("pragma wal_checkpoint(truncate)")  # now everything is in the file
    connection.close()
    shutil.copy(db_path, copy_path + ".tmp")
    Path(copy_path + ".tmp").replace(copy_path)
