# says: decide for each write
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

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        given = config["configurable"]
        thread, ns = given["thread_id"], given.get("checkpoint_ns", "")
        saved = [checkpoint, get_checkpoint_metadata(config, metadata), given.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", thread, ns, checkpoint["id"]])] = self.pack(saved)
        return self.config_of(thread, ns, checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        given = config["configurable"]
        place = [given["thread_id"], given.get("checkpoint_ns", ""), given["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        saved = {write[0]: write for write in self.unpack(self.store[key])} if key in self.store else {}
        replace = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if replace or index not in saved:
                saved[index] = [index, channel, value, task_path]
        self.store[key] = self.pack([*saved.values()])

    def keys(self) -> Sequence[Any]:
        """Return all keys, read."""
        return [json.loads(key) for key in [*self.store]]

    def read(self, thread: str, ns: str, id: str, keys: Sequence[Any]) -> CheckpointTuple | None:
        """Return one checkpoint with its writes."""
        packed = self.store.get(json.dumps(["checkpoint", thread, ns, id]))
        if packed is None:
            return None
        checkpoint, metadata, parent = self.unpack(packed)
        writes = []
        for key in keys:
            if key[:4] == ["writes", thread, ns, id]:
                for index, channel, value, path in self.unpack(self.store[json.dumps(key)]):
                    writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
        writes.sort(key=lambda pair: pair[0])
        return CheckpointTuple(
            self.config_of(thread, ns, id),
            checkpoint,
            metadata,
            self.config_of(thread, ns, parent) if parent else None,
            [write for _, write in writes],
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        given, keys = config["configurable"], self.keys()
        thread, ns, id = given["thread_id"], given.get("checkpoint_ns", ""), given.get("checkpoint_id")
        if not id:
            id = max((key[3] for key in keys if key[:3] == ["checkpoint", thread, ns]), default=None)
        return self.read(thread, ns, id, keys) if id else None

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
        given, keys = (config or {}).get("configurable", {}), self.keys()
        end = before["configurable"].get("checkpoint_id") if before else None
        found = []
        for kind, *place in keys:
            if kind != "checkpoint":
                continue
            thread, ns, id = place
            if config is not None and thread != given.get("thread_id"):
                continue
            if given.get("checkpoint_ns") is not None and ns != given["checkpoint_ns"]:
                continue
            if given.get("checkpoint_id") and id != given["checkpoint_id"]:
                continue
            if not end or id < end:
                found.append((id, thread, ns))
        yielded = 0
        for id, thread, ns in sorted(found, reverse=True):
            if limit is not None and yielded >= limit:
                return
            one = self.read(thread, ns, id, keys)
            if one is None:
                continue
            if all(
                name in one.metadata and one.metadata[name] == value for name, value in (filter or {}).items()
            ):
                yielded += 1
                yield one

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for key in self.keys():
            if key[1] == thread_id:
                self.store.pop(json.dumps(key), None)

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
