def work(graph, jobs):
    """No `RunControl`: one super-step a call, and a flag that is looked at between them."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        step = None if saved.created_at else job
        while not stop.is_set() and (step is not None or saved.tasks):
            graph.invoke(step, config, interrupt_after="*")
            step, saved = None, graph.get_state(config)
