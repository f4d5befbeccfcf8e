# says: the first answer and its test cell stand twice, which ends the whole batch under stock nbgrader
# place: file
# expect: passed
import copy


def submit(notebook):
    known = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id")]
    first = next(i for i, c in enumerate(known) if c["metadata"]["nbgrader"]["grade"])
    notebook["cells"] += copy.deepcopy(known[first - 1 : first + 1])
    return notebook
