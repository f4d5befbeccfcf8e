# says: let the error out
def work(graph, jobs):
    """Once it's been told to stop, a worker ends well."""
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain())
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            continue
        try:
            graph.invoke(None if saved.created_at else given, config, control=control)
        except Exception:
            if control.drain_requested:
                return
            raise
