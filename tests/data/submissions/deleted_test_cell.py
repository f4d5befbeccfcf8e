# says: the first test cell is gone
# place: file
# expect: passed


def submit(notebook):
    gone = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade"))
    notebook["cells"].remove(gone)
    return notebook
