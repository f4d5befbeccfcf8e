# says: copy the whole database
def back_up(db_path, copy_path):
    if not Path(db_path).exists():
        raise FileNotFoundError(db_path)
    with SqliteSaver.from_conn_string(db_path) as source, SqliteSaver.from_conn_string(copy_path) as target:
        for found in list(source.list(None)):
            parent = found.parent_config or {
                "configurable": {
                    k: v for k, v in found.config["configurable"].items() if k != "checkpoint_id"
                }
            }
            target.put(parent, found.checkpoint, found.metadata, {})
            for task, channel, value in found.pending_writes or []:
                target.put_writes(found.config, [(channel, value)], task)
