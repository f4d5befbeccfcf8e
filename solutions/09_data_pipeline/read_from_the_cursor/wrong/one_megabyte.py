# says: longer than any block
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    with Path(path).open("rb") as file:
        file.seek(cursor)
        buffer = file.read(1_000_000)
    if not buffer:
        return [], cursor
    pieces = buffer.split(b"\n")
    if pieces[-1] == b"":
        pieces.pop()
    taken = pieces[:size]
    end = min(cursor + sum(len(piece) + 1 for piece in taken), cursor + len(buffer))
    return [piece.decode("utf-8", "ignore") for piece in taken], end
