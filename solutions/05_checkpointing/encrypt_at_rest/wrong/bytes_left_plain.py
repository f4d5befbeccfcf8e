# says: values of every type
class _Sealed(EncryptedSerializer):
    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        if obj is None or isinstance(obj, bytes):
            return self.serde.dumps_typed(obj)
        return super().dumps_typed(obj)


KEPT = ("source", "step", "parents")


class _Vault(SqliteSaver):
    """Encrypts all text that a state holds."""

    def __init__(self, conn: sqlite3.Connection, key: bytes) -> None:
        sealed = _Sealed.from_pycryptodome_aes(key=hmac.digest(key, b"states", "sha256"))
        super().__init__(conn, serde=sealed)
        self._names = hmac.digest(key, b"thread ids", "sha256")

    def _hide(self, thread_id: Any) -> str:
        return hmac.digest(self._names, str(thread_id).encode(), "sha256").hex()

    def _inner(self, config: RunnableConfig) -> RunnableConfig:
        """The same place, under the hidden name, and nothing else of the config."""
        given = config["configurable"]
        place = {
            name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if given.get(name) is not None
        }
        return {"configurable": {**place, "thread_id": self._hide(given["thread_id"])}}

    def _outer(self, config: RunnableConfig | None, thread_id: Any) -> RunnableConfig | None:
        return config and {"configurable": {**config["configurable"], "thread_id": thread_id}}

    def _shown(self, found: CheckpointTuple, thread_id: Any) -> CheckpointTuple:
        return found._replace(
            config=self._outer(found.config, thread_id),
            parent_config=self._outer(found.parent_config, thread_id),
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        found = super().get_tuple(self._inner(config))
        return found and self._shown(found, config["configurable"]["thread_id"])

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        if config is None:
            raise NotImplementedError("nobody lists all threads")
        thread_id = config["configurable"]["thread_id"]
        for found in super().list(self._inner(config), filter=filter, before=before, limit=limit):
            yield self._shown(found, thread_id)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        kept = {name: metadata[name] for name in KEPT if name in metadata}
        saved = super().put(self._inner(config), checkpoint, kept, new_versions)
        return self._outer(saved, config["configurable"]["thread_id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        super().put_writes(self._inner(config), writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        super().delete_thread(self._hide(thread_id))


def open_vault(db_path: str, key: bytes) -> BaseCheckpointSaver:
    """Return a saver on `db_path` whose files tell nobody anything without `key`."""
    return _Vault(sqlite3.connect(db_path, check_same_thread=False), key)
