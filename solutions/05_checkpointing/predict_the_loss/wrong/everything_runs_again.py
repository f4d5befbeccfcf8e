# says: already has the results
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    else:
        background = steps[: ended // slowness]
        saved = {"sync": steps, "exit": []}.get(durability, background)
    return {"saved": saved, "again": nodes[: ended + 1]}  # a run that failed runs again from its start
