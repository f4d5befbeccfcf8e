# says: had run, and its queue died
def predict_loss(
    durability: str | None, ending: str, nodes: list[str], dies_in: str, slowness: int
) -> dict[str, list[Any]]:
    """Say which steps are on disk when a run ends like that, and which nodes run again afterwards."""
    ended = nodes.index(dies_in)  # so many nodes have ended
    handed_over = list(range(-1, ended + 1))  # the input, the step that hands it on, one for each ended node
    if ending == "exception":  # `invoke` is left in order: what it has is saved
        saved = handed_over[-1:] if durability == "exit" else handed_over
    elif durability == "sync":
        saved = handed_over
    elif durability == "exit":
        saved = []
    else:  # async, the default: the saver had the time of `ended` nodes and a half
        saved = handed_over[: round((ended + 0.5) / slowness)]
    if not saved:
        return {"saved": [], "again": nodes[: ended + 1]}
    # The newest checkpoint holds the results of `step` nodes; the result of the next lies beside it, if it ended.
    known = min(saved[-1] + 1, ended)
    return {"saved": saved, "again": nodes[known : ended + 1]}
