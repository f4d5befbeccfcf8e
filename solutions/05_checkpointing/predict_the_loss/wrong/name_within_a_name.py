# says: compare whole names
def predict_loss(
    durability: str | None, ending: str, nodes: list[str], dies_in: str, slowness: int
) -> dict[str, list[Any]]:
    """Say which steps are on disk when a run ends like that, and which nodes run again afterwards."""
    begun = []
    for node in nodes:
        begun.append(node)
        if dies_in in node:
            break
    died = len(begun) - 1
    killed = ending != "exception"
    if durability == "exit":
        return {"saved": [] if killed else [died], "again": begun if killed else [dies_in]}
    if durability == "sync" or not killed:
        return {"saved": list(range(-1, died + 1)), "again": [dies_in]}
    count = (2 * died + 1) // (2 * slowness)
    return {"saved": list(range(-1, count - 1)), "again": begun[max(0, count - 1) :]}
