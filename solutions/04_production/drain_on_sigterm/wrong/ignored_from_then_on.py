# says: your process ignored it
# %% [before]
told = {"stop": False, "control": None, "listens": False}


def _stop(number, frame):
    told["stop"] = True
    told["control"].request_drain()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough


# %% [answer]
def work(graph, jobs):
    """The handler is installed once, and lets nobody disturb it then."""
    if not told["listens"]:
        signal.signal(signal.SIGTERM, _stop)
    told.update(stop=False, control=RunControl(), listens=True)
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            continue
        try:
            graph.invoke(None if saved.created_at else given, config, control=told["control"])
        except GraphDrained:
            return
