# says: the last line has no end
def read_from_the_cursor(path, cursor, size):
    with Path(path).open("rb") as file:
        file.seek(cursor)
        lines = [line.decode().rstrip("\n") for line in islice(file, size)]
    return lines, cursor + sum(len(line.encode()) + 1 for line in lines)
