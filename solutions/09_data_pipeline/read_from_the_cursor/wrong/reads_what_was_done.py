# says: in memory
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    raw = Path(path).read_bytes()[cursor:].split(b"\n")
    complete = raw[:-1] if raw[-1] == b"" else raw
    lines = complete[:size]
    end = cursor + sum(len(line) + 1 for line in lines)
    end = min(end, os.path.getsize(path))
    return [line.decode() for line in lines], end
