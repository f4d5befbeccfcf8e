# says: the list is the caller's
def predict_loss(
    durability: str | None, ending: str, nodes: list[str], dies_in: str, slowness: int
) -> dict[str, list[Any]]:
    """Say which steps are on disk when a run ends like that, and which nodes run again afterwards."""
    while nodes[-1] != dies_in:  # what comes later never begins
        nodes.pop()
    died = len(nodes) - 1
    killed = ending != "exception"
    if durability == "exit":
        return {"saved": [] if killed else [died], "again": nodes[:] if killed else [dies_in]}
    if durability == "sync" or not killed:
        return {"saved": list(range(-1, died + 1)), "again": [dies_in]}
    count = (2 * died + 1) // (2 * slowness)
    return {"saved": list(range(-1, count - 1)), "again": nodes[max(0, count - 1) :]}
