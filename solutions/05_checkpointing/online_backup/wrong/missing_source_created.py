# says: creates a missing file
def back_up(db_path, copy_path):
    source = sqlite3.connect(db_path)  # raises if there is no such file
    target = sqlite3.connect(copy_path + ".new")
    source.backup(target)
    target.close()
    source.close()
    Path(copy_path + ".new").replace(copy_path)
