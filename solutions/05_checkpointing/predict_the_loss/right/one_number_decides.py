from math import floor


def predict_loss(durability, ending, nodes, dies_in, slowness):
    """One number decides: how many checkpoints are on disk."""
    position = nodes.index(dies_in) + 1
    everything = position + 1
    if durability == "exit":
        count, first = (1, position - 1) if ending == "exception" else (0, 0)
    elif ending == "exception" or durability == "sync":
        count, first = everything, -1
    else:
        count, first = min(everything, floor((position - 0.5) / slowness)), -1
    saved = [first + number for number in range(count)]
    begun = nodes[:position]
    if not saved:
        return {"saved": saved, "again": begun}
    in_doubt = saved[-1] + 1
    return {"saved": saved, "again": begun[in_doubt:] or begun[-1:]}
