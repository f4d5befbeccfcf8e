# says: the cursor jumped
def read_from_the_cursor(path, cursor, size):
    with Path(path).open("rb") as file:
        file.seek(cursor)
        lines = file.read().decode().split("\n")[:size]
        return lines, file.tell()
