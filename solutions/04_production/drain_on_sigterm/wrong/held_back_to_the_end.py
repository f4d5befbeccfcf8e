# says: ended with status -15
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        while signal.SIGTERM not in signal.sigpending():
            state = graph.get_state(config)
            if state.created_at and not state.tasks:
                break
            graph.invoke(None if state.created_at else given, config, interrupt_after="*", durability="sync")
        if signal.SIGTERM in signal.sigpending():
            break
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
