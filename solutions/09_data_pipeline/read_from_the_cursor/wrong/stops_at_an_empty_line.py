# says: an empty line is a line
def read_from_the_cursor(path, cursor, size):
    with Path(path).open("rb") as file:
        file.seek(cursor)
        lines = []
        while len(lines) < size:
            line = file.readline().strip(b"\n")
            if not line:
                break
            lines.append(line.decode())
        return lines, file.tell()
