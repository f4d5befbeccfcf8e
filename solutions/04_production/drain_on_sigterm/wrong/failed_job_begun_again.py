# says: before another node of the job raised
def work(graph, jobs):
    """A job that failed is tried again from its input."""
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain())
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            continue
        failed = any(task.error for task in saved.tasks)
        try:
            graph.invoke(given if failed or not saved.created_at else None, config, control=control)
        except GraphDrained:
            return
