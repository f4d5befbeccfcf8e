# says: install your handler in each call, and let it stop
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    control = RunControl()
    # Don't take the signal away from somebody who handles it already.
    if signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, None):
        signal.signal(signal.SIGTERM, lambda *_: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        if control.drain_requested:
            return
        config = {"configurable": {"thread_id": thread_id}}
        snapshot = graph.get_state(config)
        begun = snapshot.created_at is not None
        if begun and not snapshot.tasks and not snapshot.next:
            continue
        try:
            graph.invoke(None if begun else job, config, control=control, durability="sync")
        except GraphDrained:
            return
