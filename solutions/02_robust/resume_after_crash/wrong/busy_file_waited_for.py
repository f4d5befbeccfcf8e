# says: `OperationalError` in call 1
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    for pause in (0.05, 0.1, None):
        try:
            started = graph.checkpointer.get_tuple(config) is not None
            return graph.invoke(None if started else first, config)
        except sqlite3.OperationalError:  # "database is locked"
            if pause is None:
                raise
            time.sleep(pause)
    return None
