# says: as a pending write
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    else:
        background = steps[: ended // slowness]
        saved = {"sync": steps, "exit": []}.get(durability, background)
    # A result is saved if it is in a checkpoint, and all else runs again.
    known = max(saved[-1], 0) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}
