# says: text that holds half a character and a NUL, as some editors leave it
# place: file
# expect: passed


def submit(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] += (
                "\n# \ud83d is half of something" if cell["cell_type"] == "code" else " \ud83d \x00"
            )
    return notebook
