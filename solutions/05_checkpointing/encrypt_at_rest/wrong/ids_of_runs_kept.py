# says: callers set it
from langgraph.checkpoint.base import get_checkpoint_metadata

IDS = ("run_id", "graph_id", "assistant_id")  # to search for a run in LangSmith


def open_vault(db_path: str, key: bytes) -> BaseCheckpointSaver:
    """Return a saver on `db_path` whose files tell nobody anything without `key`."""

    def veiled(config: RunnableConfig) -> RunnableConfig:
        """The config that goes to the database: a keyed digest of the thread id, and nothing of the caller's."""
        given = config["configurable"]
        digest = hmac.new(key, str(given["thread_id"]).encode(), hashlib.sha256).hexdigest()
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": digest}}

    def unveiled(config: RunnableConfig | None, asked: RunnableConfig) -> RunnableConfig | None:
        """The config that goes to the caller: with the thread id that they know."""
        thread = {"thread_id": asked["configurable"]["thread_id"]}
        return config and {"configurable": {**config["configurable"], **thread}}

    def shown(found: CheckpointTuple, asked: RunnableConfig) -> CheckpointTuple:
        return found._replace(
            config=unveiled(found.config, asked), parent_config=unveiled(found.parent_config, asked)
        )

    class Vault(SqliteSaver):
        def get_tuple(self, config):
            found = super().get_tuple(veiled(config))
            return found and shown(found, config)

        def list(self, config, **kwargs):
            for found in super().list(veiled(config), **kwargs):
                yield shown(found, config)

        def put(self, config, checkpoint, metadata, new_versions):
            full = get_checkpoint_metadata(config, metadata)
            kept = {name: full[name] for name in ("source", "step", "parents", *IDS) if name in full}
            return unveiled(super().put(veiled(config), checkpoint, kept, new_versions), config)

        def put_writes(self, config, writes, task_id, task_path=""):
            super().put_writes(veiled(config), writes, task_id, task_path)

        def delete_thread(self, thread_id):
            super().delete_thread(
                veiled({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
            )

    sealed = EncryptedSerializer.from_pycryptodome_aes(key=key)
    return Vault(sqlite3.connect(db_path, check_same_thread=False), serde=sealed)
