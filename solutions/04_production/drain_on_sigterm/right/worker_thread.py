from concurrent.futures import ThreadPoolExecutor


def work(graph, jobs):
    """The runs in a worker thread; the main thread does nothing but wait for them, and for signals."""
    control = RunControl()

    def run_all():
        for thread_id, job in jobs.items():
            config = {"configurable": {"thread_id": thread_id}}
            saved = graph.get_state(config)
            if control.drain_requested:
                return
            if not saved.created_at or saved.next or saved.tasks:
                for _ in graph.stream(None if saved.created_at else job, config, control=control):
                    pass

    before = signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("deploy"))
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run_all).result()
    except GraphDrained:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
