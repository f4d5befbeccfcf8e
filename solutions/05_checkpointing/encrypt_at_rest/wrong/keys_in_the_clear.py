# says: a key of the config
class Vault(BaseCheckpointSaver[str]):
    """Hands everything on to a SqliteSaver, under other names and sealed."""

    SHOWN = ("source", "step", "parents")

    def __init__(self, inner: SqliteSaver, naming_key: bytes) -> None:
        super().__init__(serde=inner.serde)
        self.inner, self.naming_key = inner, naming_key

    def alias(self, thread_id: Any) -> str:
        text = str(thread_id).encode("utf-8", "surrogatepass")
        return hmac.new(self.naming_key, text, hashlib.sha256).hexdigest()

    def inside(self, config: RunnableConfig) -> RunnableConfig:
        given = config["configurable"]
        named = {"thread_id": self.alias(given["thread_id"])}
        for key in ("checkpoint_ns", "checkpoint_id"):
            if given.get(key) is not None:
                named[key] = given[key]
        return {"configurable": named}

    def outside(self, config: RunnableConfig | None, thread_id: Any) -> RunnableConfig | None:
        if config is None:
            return None
        return {"configurable": {**config["configurable"], "thread_id": thread_id}}

    def seal(self, metadata: dict[str, Any]) -> dict[str, Any]:
        shown = {key: value for key, value in metadata.items() if key in self.SHOWN}
        hidden = {key: value for key, value in metadata.items() if key not in self.SHOWN}
        sealed = {}
        for key, value in hidden.items():
            kind, data = self.serde.dumps_typed(value)
            sealed[key] = [kind, data.hex()]
        return {**shown, "sealed": sealed}

    def unseal(self, metadata: dict[str, Any]) -> dict[str, Any]:
        metadata = dict(metadata)
        for key, (kind, data) in metadata.pop("sealed").items():
            metadata[key] = self.serde.loads_typed((kind, bytes.fromhex(data)))
        return metadata

    def opened(self, found: CheckpointTuple, thread_id: Any) -> CheckpointTuple:
        return found._replace(
            config=self.outside(found.config, thread_id),
            parent_config=self.outside(found.parent_config, thread_id),
            metadata=self.unseal(found.metadata),
        )

    def get_next_version(self, current: str | None, channel: None) -> str:
        return self.inner.get_next_version(current, channel)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        inside = self.inside(config)
        inside["configurable"].setdefault("checkpoint_ns", "")
        sealed = self.seal(get_checkpoint_metadata(config, metadata))
        saved = self.inner.put(inside, checkpoint, sealed, new_versions)
        return self.outside(saved, config["configurable"]["thread_id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        inside = self.inside(config)
        inside["configurable"].setdefault("checkpoint_ns", "")
        self.inner.put_writes(inside, writes, task_id, task_path)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        found = self.inner.get_tuple(self.inside(config))
        return found and self.opened(found, config["configurable"]["thread_id"])

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        assert config is not None, "threads have no names here"
        thread_id = config["configurable"]["thread_id"]
        rows = [*self.inner.list(self.inside(config), before=before and self.inside(before))]
        for found in rows:
            if limit is not None and limit <= 0:
                return
            opened = self.opened(found, thread_id)
            if all(opened.metadata.get(key) == value for key, value in (filter or {}).items()):
                yield opened
                limit = limit and limit - 1

    def delete_thread(self, thread_id: str) -> None:
        self.inner.delete_thread(self.alias(thread_id))


def open_vault(db_path: str, key: bytes) -> BaseCheckpointSaver:
    """Return a saver on `db_path` whose files tell nobody anything without `key`."""
    data_key = hmac.new(key, b"data", hashlib.sha256).digest()
    naming_key = hmac.new(key, b"names", hashlib.sha256).digest()
    serde = EncryptedSerializer.from_pycryptodome_aes(key=data_key)
    connection = sqlite3.connect(db_path, check_same_thread=False)
    inner = SqliteSaver(connection, serde=serde)
    inner.setup()
    return Vault(inner, naming_key)
