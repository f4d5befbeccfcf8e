import json

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer


def describe_history(db_path, thread_id, builder):
    """Plain SQL, and no graph: a node is due when its `branch:to:` channel is set."""
    connection = sqlite3.connect(f"file:{db_path}?mode=ro", uri=True)
    query = """
        select checkpoint_id, parent_checkpoint_id, metadata, type, checkpoint from checkpoints
        where thread_id = ? and checkpoint_ns = '' order by checkpoint_id
    """
    rows = []
    for checkpoint_id, parent, metadata, kind, blob in connection.execute(query, (thread_id,)):
        channels = JsonPlusSerializer().loads_typed((kind, blob))["channel_values"]
        about = json.loads(metadata)
        rows.append(
            {
                "id": checkpoint_id,
                "parent": parent,
                "step": about["step"],
                "source": about["source"],
                "next": ["__start__"]
                if "__start__" in channels
                else [c.removeprefix("branch:to:") for c in channels if c.startswith("branch:to:")],
            }
        )
    connection.close()
    return rows
