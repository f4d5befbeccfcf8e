# says: make it in `work`
# %% [before]
stopping = threading.Event()


def _stop(number, frame):
    stopping.set()


# %% [answer]
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    signal.signal(signal.SIGTERM, _stop)
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        given = None if saved.created_at else job
        while not stopping.is_set() and (given is not None or saved.tasks):
            graph.invoke(given, config, interrupt_after="*")
            given, saved = None, graph.get_state(config)
