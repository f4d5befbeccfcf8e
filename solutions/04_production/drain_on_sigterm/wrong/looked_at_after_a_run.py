# says: SIGTERM came while the thread of a finished job was read
def work(graph, jobs):
    """The handler drains the job's own control, and what it noted is looked at when a run is over."""
    stopped, controls = threading.Event(), []

    def stop(number, frame):
        stopped.set()
        for control in controls:
            control.request_drain()

    signal.signal(signal.SIGTERM, stop)
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        controls[:] = [control := RunControl()]
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            continue
        try:
            graph.invoke(None if saved.created_at else given, config, control=control)
        except GraphDrained:
            return
        if stopped.is_set():
            return
