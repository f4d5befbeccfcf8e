# says: more than one step behind
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    elif durability == "sync":
        saved = steps
    elif durability == "exit":
        saved = []
    else:
        saved = steps[:-1]  # async saves while the next step runs, so it can lose one step
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}
