def predict_loss(durability, ending, nodes, dies_in, slowness):
    """Play it through with a clock that counts half nodes, and keep the rows as the saver would."""
    at = nodes.index(dies_in)
    disk, writes = [], set()
    queue = [(-1, 0), (0, 0)] + [(number, 2 * number) for number in range(1, at + 1)]
    death, free = 2 * at + 1, 0
    for step, handed_over in queue:
        if durability == "exit":
            break
        free = handed_over if durability == "sync" else max(free, handed_over) + 2 * slowness
        if free <= death or ending == "exception":
            disk.append(step)
        if step > 0:
            writes.add((step - 1, nodes[step - 1]))  # hangs on the checkpoint that the node began from
    if durability == "exit" and ending == "exception":
        disk = [at]
    step = disk[-1] if disk else -1
    results = nodes[: max(step, 0)]
    results += [name for hangs_on, name in writes if hangs_on == step]
    return {"saved": disk, "again": [name for name in nodes[: at + 1] if name not in results]}
