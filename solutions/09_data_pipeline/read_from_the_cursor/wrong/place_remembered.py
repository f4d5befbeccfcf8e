# says: alone says where to begin
_AT = {}


def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    with Path(path).open("rb") as file:
        file.seek(_AT.get(path, 0) if cursor else 0)
        raw = list(islice(file, size))
        _AT[path] = (_AT.get(path, 0) if cursor else 0) + sum(map(len, raw))
    return [line.removesuffix(b"\n").decode() for line in raw], _AT[path]
