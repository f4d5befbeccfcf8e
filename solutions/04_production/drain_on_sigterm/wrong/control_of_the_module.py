# says: make it in `work`
# %% [before]
CONTROL = RunControl()
signal.signal(signal.SIGTERM, lambda number, frame: CONTROL.request_drain("SIGTERM"))


# %% [answer]
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            continue
        try:
            graph.invoke(None if saved.created_at else job, config, control=CONTROL)
        except GraphDrained:
            return
