# says: without a look at the next one
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    lines = []
    with Path(path).open("rb") as file:
        file.seek(cursor)
        for raw in file:
            if len(lines) == size:
                break
            lines.append(raw.removesuffix(b"\n").decode("utf-8"))
            cursor += len(raw)
    return lines, cursor
