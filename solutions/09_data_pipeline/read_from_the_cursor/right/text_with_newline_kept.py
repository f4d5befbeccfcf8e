def read_from_the_cursor(path, cursor, size):
    """Text, but told to split at `\\n` only; the length is that of the encoded text."""
    with Path(path).open(encoding="utf-8", newline="\n") as file:
        file.seek(cursor)
        lines = [line for _, line in zip(range(size), file, strict=False)]
    return [line.rstrip("\n") for line in lines], cursor + len("".join(lines).encode())
