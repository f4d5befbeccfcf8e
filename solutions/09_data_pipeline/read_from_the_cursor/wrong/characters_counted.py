# says: it counts characters
def read_from_the_cursor(path, cursor, size):
    with Path(path).open(encoding="utf-8", newline="\n") as file:
        file.seek(cursor)
        lines = list(islice(file, size))
    return [line.removesuffix("\n") for line in lines], cursor + sum(map(len, lines))
