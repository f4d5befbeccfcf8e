# says: an empty line is a line
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    with Path(path).open("rb") as file:
        file.seek(cursor)
        data = b"".join(islice(file, size))
    return [line for line in data.decode("utf-8").split("\n") if line], cursor + len(data)
