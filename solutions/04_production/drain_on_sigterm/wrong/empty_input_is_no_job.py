# says: whatever its input is
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    control = RunControl()
    asked = []

    def stop(*_: Any) -> None:
        asked.append(True)
        control.request_drain("SIGTERM")

    signal.signal(signal.SIGTERM, stop)
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        if not given:
            continue
        if asked:
            return
        snapshot = graph.get_state(config)
        if snapshot.created_at is None:
            todo = given
        elif snapshot.tasks or snapshot.next:
            todo = None
        else:
            continue
        try:
            graph.invoke(todo, config, control=control)
        except GraphDrained:
            return
