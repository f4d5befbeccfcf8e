# says: don't keep a list of your own
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    from pathlib import Path

    noted = Path("done.txt")
    noted.touch()
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda *_: control.request_drain("SIGTERM"))
    for thread_id, given in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        if thread_id in noted.read_text().split():
            continue
        state = graph.get_state(config)
        if state.created_at and not state.tasks:
            continue
        try:
            graph.invoke(None if state.created_at else given, config, control=control)
        except GraphDrained:
            return
        with noted.open("a") as done:
            done.write(f"{thread_id}\n")
