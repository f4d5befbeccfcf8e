# says: only `"\n"` ends a line
def read_from_the_cursor(path, cursor, size):
    rest = Path(path).read_bytes()[cursor:].decode()
    lines = rest.splitlines(keepends=True)[:size]
    return [line.rstrip("\n") for line in lines], cursor + len("".join(lines).encode())
