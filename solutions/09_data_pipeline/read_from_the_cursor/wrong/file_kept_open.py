# says: isn't in this file
_FILES = {}


def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    file = _FILES.get(path) or _FILES.setdefault(path, Path(path).open("rb"))
    file.seek(cursor)
    raw = list(islice(file, size))
    return [line.removesuffix(b"\n").decode() for line in raw], cursor + sum(map(len, raw))
