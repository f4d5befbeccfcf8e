# says: a run that was over, or none
# between two jobs the handler drains the control of the run before
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    stopping = threading.Event()
    control = RunControl()

    def stop(signum: int, frame: object) -> None:
        stopping.set()
        control.request_drain("SIGTERM")

    signal.signal(signal.SIGTERM, stop)  # stays: a second SIGTERM mustn't kill us on our way out

    for thread_id, given in jobs.items():
        if stopping.is_set():  # it came in the last node of the job before, which has nothing to drain
            return
        config = {"configurable": {"thread_id": thread_id}}
        snapshot = graph.get_state(config)
        started = snapshot.created_at is not None
        if started and not snapshot.next and not snapshot.tasks:
            continue
        control = RunControl()  # a control that was drained stays so: one for each run
        try:
            graph.invoke(None if started else given, config, control=control)
        except GraphDrained:
            return
