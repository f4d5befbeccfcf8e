# says: a notebook for R
# place: file
# expect: unreadable


def submit(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    return notebook
