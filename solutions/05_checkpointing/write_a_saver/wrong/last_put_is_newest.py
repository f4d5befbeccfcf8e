# says: whatever came last
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

    # A key is a JSON list: ["checkpoint", thread, ns, id] or ["writes", thread, ns, id, task].

    @staticmethod
    def key(kind: str, *parts: str) -> str:
        return json.dumps([kind, *parts])

    def keys(self) -> Iterator[tuple[str, Sequence[str]]]:
        for key in [*self.store]:
            yield key, json.loads(key)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        given = config["configurable"]
        thread, ns = str(given["thread_id"]), given.get("checkpoint_ns", "")
        row = [checkpoint, get_checkpoint_metadata(config, metadata), given.get("checkpoint_id")]
        self.store[self.key("checkpoint", thread, ns, checkpoint["id"])] = self.pack(row)
        self.store[self.key("newest", thread, ns)] = self.pack(checkpoint["id"])
        return self.config_of(thread, ns, checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        given = config["configurable"]
        thread, ns = str(given["thread_id"]), given.get("checkpoint_ns", "")
        key = self.key("writes", thread, ns, given["checkpoint_id"], task_id)
        rows = {row[0]: row for row in self.unpack(self.store[key])} if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [index, task_path, channel, value]
        self.store[key] = self.pack([*rows.values()])

    def found(self, thread: str, ns: str, id: str) -> CheckpointTuple | None:
        packed = self.store.get(self.key("checkpoint", thread, ns, id))
        if packed is None:
            return None
        checkpoint, metadata, parent = self.unpack(packed)
        pending = []
        for key, parts in self.keys():
            if parts[:4] == ["writes", thread, ns, id]:
                for index, path, channel, value in self.unpack(self.store[key]):
                    pending.append((writes_sort_key(path, parts[4], index), (parts[4], channel, value)))
        pending.sort(key=lambda pair: pair[0])
        return CheckpointTuple(
            config=self.config_of(thread, ns, id),
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config=self.config_of(thread, ns, parent) if parent else None,
            pending_writes=[write for _, write in pending],
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        given = config["configurable"]
        thread, ns = str(given["thread_id"]), given.get("checkpoint_ns", "")
        id = given.get("checkpoint_id")
        if not id:
            pointer = self.store.get(self.key("newest", thread, ns))
            if pointer is None:
                return None
            id = self.unpack(pointer)
        return self.found(thread, ns, id)

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
        given = config["configurable"] if config else {}
        wanted = [
            str(given["thread_id"]) if "thread_id" in given else None,
            given.get("checkpoint_ns"),
            given.get("checkpoint_id"),
        ]
        end = before["configurable"].get("checkpoint_id") if before else None
        names = []
        for _, parts in self.keys():
            name = parts[1:]
            if parts[0] == "checkpoint" and all(w in (None, n) for w, n in zip(wanted, name, strict=True)):
                names.append(name)
        names.sort(key=lambda name: name[2], reverse=True)
        left = limit
        for thread, ns, id in names:
            if left == 0:
                return
            if end is not None and id >= end:
                continue
            found = self.found(thread, ns, id)
            if found is None:
                continue
            metadata = found.metadata
            if all(key in metadata and metadata[key] == value for key, value in (filter or {}).items()):
                yield found
                left = None if left is None else left - 1

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for key, parts in self.keys():
            if parts[1] == str(thread_id):
                self.store.pop(key, None)

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
