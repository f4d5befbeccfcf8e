# says: as many lines as asked for
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    window = 1 << 20
    with Path(path).open("rb") as file:
        while True:
            file.seek(cursor)
            block = file.read(window)
            at_end = len(block) < window
            whole = block if at_end else block[: block.rfind(b"\n") + 1]
            if whole or at_end:
                break
            window *= 2  # one line that is longer than the window
    pieces = whole.split(b"\n")
    if pieces[-1] == b"":
        pieces.pop()
    taken = pieces[:size]
    length = sum(len(piece) + 1 for piece in taken)
    return [piece.decode("utf-8") for piece in taken], cursor + min(length, len(whole))
