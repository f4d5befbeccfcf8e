# says: more of its nodes ran
# %% [before]
listens = False


# %% [answer]
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    global listens
    control = RunControl()
    if not listens:  # a handler is installed once in a process
        signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
        listens = True
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            continue
        try:
            graph.invoke(None if saved.created_at else job, config, control=control)
        except GraphDrained:
            sys.exit(0)
