# says: and leave it in place after each
def work(graph, jobs):
    """Each run has a handler of its own, and what was there before is put back after it."""
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved, control = graph.get_state(config), RunControl()
        if saved.created_at and not saved.tasks:
            continue
        before = signal.signal(signal.SIGTERM, lambda number, frame, control=control: control.request_drain())
        try:
            graph.invoke(None if saved.created_at else given, config, control=control)
        except GraphDrained:
            return
        finally:
            signal.signal(signal.SIGTERM, before)
        if control.drain_requested:
            return
