# says: pending write of checkpoint 0
def predict_loss(
    durability: str | None, ending: str, nodes: list[str], dies_in: str, slowness: int
) -> dict[str, list[Any]]:
    """Say which steps are on disk when a run ends like that, and which nodes run again afterwards."""
    died = nodes.index(dies_in)
    begun = nodes[: died + 1]
    killed = ending in ("SIGTERM", "SIGKILL")
    mode = durability or "async"
    if mode == "exit":
        return {"saved": [] if killed else [died], "again": begun if killed else [dies_in]}
    if mode == "sync" or not killed:
        return {"saved": list(range(-1, died + 1)), "again": [dies_in]}
    saved = []
    free_at = slowness
    while free_at <= died + 0.5:
        saved.append(len(saved) - 1)
        free_at += slowness
    last = saved[-1] if saved else None
    # the node after the last checkpoint has left its pending write there
    first = last + 1 if last else 0
    return {"saved": saved, "again": begun[first:]}
