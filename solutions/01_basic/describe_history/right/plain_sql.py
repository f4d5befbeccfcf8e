import json
from pathlib import Path

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer


def describe_history(db_path, thread_id, builder):
    """Plain SQL, and no graph: a node is due when its channel is set, or all that it waits for have come."""

    def due(channels):
        if "__start__" in channels:
            return ["__start__"]
        after_one = [name.removeprefix("branch:to:") for name in channels if name.startswith("branch:to:")]
        joins = {name: name.removeprefix("join:").split(":") for name in channels if name.startswith("join:")}
        after_all = [
            node for name, (others, node) in joins.items() if channels[name] == set(others.split("+"))
        ]
        return after_one + after_all

    connection = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=ro", uri=True)
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
                "next": due(channels),
            }
        )
    connection.close()
    return rows
