def read_from_the_cursor(path, cursor, size):
    with Path(path).open("rb") as file:
        file.seek(cursor)
        lines = []
        while len(lines) < size and (line := file.readline()):
            lines.append((line[:-1] if line.endswith(b"\n") else line).decode("utf-8"))
        return lines, file.tell()
