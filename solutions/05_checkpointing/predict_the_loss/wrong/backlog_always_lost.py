# says: waits for the saver to finish
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if durability == "sync":
        saved = steps
    elif durability == "exit":
        saved = steps[-1:] if ending == "exception" else []
    else:
        saved = steps[: ended // slowness]  # the backlog is lost, however the run ends
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}
