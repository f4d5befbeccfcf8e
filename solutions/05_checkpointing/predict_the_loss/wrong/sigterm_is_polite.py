# says: SIGTERM ends the process first
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    polite = ending != "SIGKILL"  # SIGTERM asks the program to end, so it can still save
    if durability == "exit":
        saved = steps[-1:] if polite else []
    elif durability == "sync" or polite:
        saved = steps
    else:
        saved = steps[: ended // slowness]
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}
