# says: only between jobs, or not at all
def work(graph, jobs):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    for thread_id, job in jobs.items():
        if stop.is_set():  # finish what was begun, then go
            sys.exit(0)
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None or saved.tasks:
            graph.invoke(None if saved.created_at else job, config)
