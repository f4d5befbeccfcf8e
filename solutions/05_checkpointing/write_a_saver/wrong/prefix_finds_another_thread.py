# says: compare whole thread ids
class KeyValueSaver(BaseCheckpointSaver[int]):
    """Keeps checkpoints in a mapping from strings to bytes."""

    def __init__(self, store: MutableMapping[str, bytes]) -> None:
        super().__init__()
        self.store = store

    def pack(self, value: Any) -> bytes:
        """Return a value as bytes, in the way that the saver's serializer writes it."""
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed: bytes) -> Any:
        """Return the value that was packed; a tuple comes back as a list."""
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def key(self, *parts: str) -> str:
        return "/".join(parts)

    def split(self, key: str) -> Any:
        kind, _, rest = key.partition("/")
        return [kind, *rest.rsplit("/", 2 if kind == "c" else 3)]

    def keys(self, *parts: str) -> Sequence[str]:
        prefix = self.key(*parts) + "/"
        return [key for key in [*self.store] if key.startswith(prefix)]

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        conf = config["configurable"]
        thread, ns = str(conf["thread_id"]), conf.get("checkpoint_ns", "")
        saved = [checkpoint, get_checkpoint_metadata(config, metadata), conf.get("checkpoint_id")]
        self.store[self.key("c", thread, ns, checkpoint["id"])] = self.pack(saved)
        return self.config_of(thread, ns, checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        conf = config["configurable"]
        key = self.key(
            "w", str(conf["thread_id"]), conf.get("checkpoint_ns", ""), conf["checkpoint_id"], task_id
        )
        old = self.store.get(key)
        kept = self.unpack(old) if old is not None else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if channel in WRITES_IDX_MAP or index not in kept:
                kept[index] = [channel, value, task_path]
        self.store[key] = self.pack(kept)

    def pending(self, thread: str, ns: str, id: str) -> Sequence[tuple[str, str, Any]]:
        rows = []
        for key in self.keys("w", thread, ns, id):
            task = self.split(key)[-1]
            for index, (channel, value, path) in self.unpack(self.store[key]).items():
                rows.append((writes_sort_key(path, task, index), task, channel, value))
        rows.sort(key=lambda row: row[0])
        return [row[1:] for row in rows]

    def load(self, key: str) -> CheckpointTuple:
        _, thread, ns, id = self.split(key)
        checkpoint, metadata, parent = self.unpack(self.store[key])
        parent_config = self.config_of(thread, ns, parent) if parent else None
        return CheckpointTuple(
            self.config_of(thread, ns, id), checkpoint, metadata, parent_config, self.pending(thread, ns, id)
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        conf = config["configurable"]
        thread, ns, id = str(conf["thread_id"]), conf.get("checkpoint_ns", ""), conf.get("checkpoint_id")
        if id:
            key = self.key("c", thread, ns, id)
            return self.load(key) if key in self.store else None
        keys = self.keys("c", thread, ns)
        return self.load(max(keys, key=lambda key: self.split(key)[3])) if keys else None

    # From here on `list` in an annotation of this class means this method: write `Sequence[…]` there.
    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Yield the checkpoints that match, newest first."""
        conf = config["configurable"] if config else {}
        keys = self.keys("c", str(conf["thread_id"])) if "thread_id" in conf else self.keys("c")
        before_id = before["configurable"]["checkpoint_id"] if before else None
        given = 0
        for key in sorted(keys, key=lambda key: self.split(key)[3], reverse=True):
            if limit is not None and given >= limit:
                return
            _, _, ns, id = self.split(key)
            if conf.get("checkpoint_ns") is not None and ns != conf["checkpoint_ns"]:
                continue
            if conf.get("checkpoint_id") and id != conf["checkpoint_id"]:
                continue
            if before_id and id >= before_id:
                continue
            found = self.load(key)
            if any(found.metadata.get(name) != value for name, value in (filter or {}).items()):
                continue
            given += 1
            yield found

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for key in [*self.store]:
            if self.split(key)[1] == str(thread_id):
                del self.store[key]

    def config_of(self, thread: str, ns: str, id: str) -> RunnableConfig:
        """Return the config that names a checkpoint."""
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args: Any, **kwargs: Any) -> RunnableConfig:
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args: Any, **kwargs: Any) -> AsyncIterator[CheckpointTuple]:
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id: str) -> None:
        await asyncio.to_thread(self.delete_thread, thread_id)
