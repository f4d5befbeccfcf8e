# says: of the next job began
def work(graph, jobs):
    for thread_id, job in jobs.items():
        control = RunControl()  # a fresh one for each run
        signal.signal(signal.SIGTERM, lambda number, frame, control=control: control.request_drain())
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None or saved.tasks:
            try:
                graph.invoke(None if saved.created_at else job, config, control=control)
            except GraphDrained:
                return
