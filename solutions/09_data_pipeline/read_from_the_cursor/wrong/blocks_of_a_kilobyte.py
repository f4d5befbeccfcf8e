# says: longer than any block
def read_from_the_cursor(path, cursor, size):
    with Path(path).open("rb") as file:
        file.seek(cursor)
        lines = file.read(size * 1024).split(b"\n")
        ended = lines.pop() if lines[-1:] == [b""] else None
    lines = lines[:size]
    text = b"\n".join(lines)
    end = cursor + len(text) + (len(lines) > 0 and (ended is not None or len(lines) == size))
    end = min(end, Path(path).stat().st_size)
    return [line.decode(errors="ignore") for line in lines], end
