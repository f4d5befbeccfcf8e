# says: HTML with scripts, in an output, in text and in the free answer
# place: file
# expect: passed
ATTACK = (
    "<script>document.title = 'run by a learner'</script>"
    "<img src=x onerror=\"document.title = 'run by a learner'\">"
    '<iframe srcdoc="<script>parent.document.title = 1</script>"></iframe>'
    "[link](javascript:alert(1)) <style>body { display: none }</style>"
)


def submit(notebook):
    shown = f"from IPython.display import HTML, Javascript, display\ndisplay(HTML({ATTACK!r}), Javascript('document.title = 1'))"
    code = {
        "cell_type": "code",
        "id": "script",
        "metadata": {"tags": [ATTACK]},
        "source": shown,
        "outputs": [],
    }
    text = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": ATTACK}
    notebook["cells"] += [{**code, "execution_count": None}, text]
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution"):
            cell["source"] += ("\n# " if cell["cell_type"] == "code" else "\n\n") + ATTACK
    return notebook
