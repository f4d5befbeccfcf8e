# says: compare it whole
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
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)  # one operation, so all of this call is there or nothing

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

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
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            space = wanted.get("checkpoint_ns", ns)  # with the graphs that are nested in it
            if wanted and (
                wanted["thread_id"] != thread or (ns != space and not ns.startswith(f"{space or ns}|"))
            ):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["writes", thread, ns, id]:
                    for index, (path, channel, value) in self.unpack(self.store[json.dumps(key)]).items():
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
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
