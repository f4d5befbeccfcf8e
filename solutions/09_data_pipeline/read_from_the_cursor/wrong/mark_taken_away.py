# says: belong to the line
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    with Path(path).open(encoding="utf-8-sig", newline="\n") as file:
        file.seek(cursor)
        found = list(islice(file, size))
    return [line.removesuffix("\n") for line in found], cursor + sum(len(line.encode()) for line in found)
