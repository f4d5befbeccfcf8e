# says: pop from empty list
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    waiting = list(jobs.items())
    try:
        while True:
            thread_id, job = waiting.pop(0)
            config = {"configurable": {"thread_id": thread_id}}
            saved = graph.get_state(config)
            begun = saved.created_at is not None
            if not begun or saved.tasks:
                graph.invoke(None if begun else job, config, control=control)
            if not waiting:
                break
    except GraphDrained:
        sys.exit(0)
