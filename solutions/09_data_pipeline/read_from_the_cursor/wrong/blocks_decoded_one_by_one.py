# says: UnicodeDecodeError
def read_from_the_cursor(path: str, cursor: int, size: int) -> tuple[list[str], int]:
    """Return the next lines of a file, and the byte at which the line after them begins."""
    text = ""
    with Path(path).open("rb") as file:
        file.seek(cursor)
        while text.count("\n") < size:
            block = file.read(1 << 20)
            if not block:
                break
            # A line may be cut at the end of the block; a character too, where it's the last block we need.
            last = block.rfind(b"\n") + 1
            if text.count("\n") + block.count(b"\n") >= size:
                block = block[:last]
            text += block.decode("utf-8")
    lines = text.split("\n", size)
    if len(lines) > size or lines[-1] == "":
        lines.pop()
    length = sum(len(line.encode("utf-8")) + 1 for line in lines)
    return lines, cursor + min(length, len(text.encode("utf-8")))
