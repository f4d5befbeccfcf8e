# says: Ask the saver about this very id
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    saver = graph.checkpointer
    saver.setup()
    with saver.cursor(transaction=False) as cursor:
        cursor.execute("SELECT count(*) FROM checkpoints WHERE thread_id LIKE ?", (thread_id,))
        (count,) = cursor.fetchone()
    return graph.invoke(None if count else first, config)
