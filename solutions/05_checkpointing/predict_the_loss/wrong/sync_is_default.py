# says: the default isn't sync
def predict_loss(durability, ending, nodes, dies_in, slowness):
    ended = nodes.index(dies_in)
    steps = list(range(-1, ended + 1))
    if durability is None:
        durability = "sync"  # a database commits before it says yes, so that must be the default
    if ending == "exception":
        saved = steps[-1:] if durability == "exit" else steps
    else:
        saved = {"sync": steps, "exit": [], "async": steps[: ended // slowness]}[durability]
    known = min(saved[-1] + 1, ended) if saved else 0
    return {"saved": saved, "again": nodes[known : ended + 1]}
