# says: exit still saves one checkpoint
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if durability == "exit":
        saved = []  # it never came to its exit
    elif durability == "sync" or ending == "exception":
        saved = steps
    else:
        saved = steps[: ended // slowness]
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}
