def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    ### BEGIN SOLUTION
    control = RunControl()  # one for all jobs: once drained, it lets no other run begin
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        begun = saved.created_at is not None
        if begun and not saved.tasks:
            continue
        try:
            graph.invoke(None if begun else job, config, control=control)
        except GraphDrained:
            sys.exit(0)
    ### END SOLUTION
