# says: a cursor is a number of bytes
def read_from_the_cursor(path, cursor, size):
    lines = Path(path).read_text("utf-8").splitlines()[cursor : cursor + size]
    return lines, cursor + len(lines)
