# says: are in `-wal`
import shutil


def back_up(db_path, copy_path):
    shutil.copy(db_path, copy_path)  # a SQLite database is one file
