# says: stop after the last line
def read_from_the_cursor(path, cursor, size):
    with Path(path).open("rb") as file:
        file.seek(cursor)
        raw = file.read().split(b"\n")
    lines = raw[: min(size, len(raw) - 1)]
    end = cursor + sum(len(line) + 1 for line in lines)
    if len(lines) < size and raw[-1]:
        lines, end = [*lines, raw[-1]], end + len(raw[-1])
    return [line.decode() for line in lines], end
