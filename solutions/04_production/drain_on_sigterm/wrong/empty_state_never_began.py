# says: a finished thread needs neither
# a job whose nodes save nothing ends with an empty state, and is taken for new
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    control = RunControl()
    before = signal.signal(signal.SIGTERM, lambda *_: control.request_drain("SIGTERM"))
    try:
        for thread_id, given in jobs.items():
            if control.drain_requested:
                return
            config = {"configurable": {"thread_id": thread_id}}
            snapshot = graph.get_state(config)
            if snapshot.tasks or snapshot.next:
                graph.invoke(None, config, control=control)
            elif not snapshot.values:
                graph.invoke(given, config, control=control)
    except GraphDrained:
        return
    finally:
        signal.signal(signal.SIGTERM, before)
