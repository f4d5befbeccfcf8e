def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    ### BEGIN SOLUTION
    with Path(path).open("rb") as file:
        file.seek(cursor)
        lines = list(islice(file, size))
    return [line.decode().removesuffix("\n") for line in lines], cursor + sum(map(len, lines))
    ### END SOLUTION
