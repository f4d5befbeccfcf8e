import json
from contextlib import closing


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """From a copy in memory, made with SQLite's own backup; the graph is asked about each checkpoint on its own."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as copy:
        with closing(sqlite3.connect(db_path)) as service:
            service.backup(copy)
        rows = copy.execute(
            "SELECT checkpoint_id, parent_checkpoint_id, metadata FROM checkpoints"
            " WHERE thread_id = ? AND checkpoint_ns = '' ORDER BY checkpoint_id",
            (thread_id,),
        ).fetchall()
        graph = builder.compile(checkpointer=SqliteSaver(copy))
        described = []
        for checkpoint, parent, raw in rows:
            metadata = json.loads(raw)
            place = {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": checkpoint}
            described.append(
                {
                    "id": checkpoint,
                    "parent": parent,
                    "step": metadata["step"],
                    "source": metadata["source"],
                    "next": list(graph.get_state({"configurable": place}).next),
                }
            )
        return described
