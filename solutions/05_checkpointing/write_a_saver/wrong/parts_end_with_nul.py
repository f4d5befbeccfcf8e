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

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        where = config["configurable"]
        thread, ns = str(where["thread_id"]), where.get("checkpoint_ns") or ""
        saved = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[self.key("checkpoint", thread, ns) + checkpoint["id"]] = self.pack(saved)
        return self.config_of(thread, ns, checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        where = config["configurable"]
        thread, ns = str(where["thread_id"]), where.get("checkpoint_ns") or ""
        # One key for a task: setting it is atomic, and nobody else sets it.
        key = self.key("writes", thread, ns, where["checkpoint_id"]) + task_id
        packed = self.store.get(key)
        kept = {write[0]: write for write in (self.unpack(packed) if packed else ())}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in kept:
                kept[index] = [index, task_path, channel, self.pack(value)]
        self.store[key] = self.pack([*kept.values()])

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        where = config["configurable"]
        thread, ns = str(where["thread_id"]), where.get("checkpoint_ns") or ""
        wanted = where.get("checkpoint_id")
        if not wanted:
            prefix = self.key("checkpoint", thread, ns)
            wanted = max((key[len(prefix) :] for key in self.keys() if key.startswith(prefix)), default=None)
        return self.load(thread, ns, wanted) if wanted else None

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
        where = config["configurable"] if config else {}
        thread, ns, only = where.get("thread_id"), where.get("checkpoint_ns"), where.get("checkpoint_id")
        older = before["configurable"].get("checkpoint_id") if before else None
        names = []
        for key in self.keys():
            kind, *name = self.parts(key)
            if (
                kind == "checkpoint"
                and len(name) == 3
                and (thread is None or name[0] == str(thread))
                and (ns is None or name[1] == ns)
                and (not only or name[2] == only)
                and (not older or name[2] < older)
            ):
                names.append(name)
        left = len(names) if limit is None else limit
        for name in sorted(names, key=lambda name: name[2], reverse=True):
            if left <= 0:
                return
            found = self.load(*name)
            if found and all(found.metadata.get(item) == value for item, value in (filter or {}).items()):
                left -= 1
                yield found

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for kind in ("writes", "checkpoint"):
            prefix = self.key(kind, str(thread_id))
            for key in self.keys():
                if key.startswith(prefix):
                    self.store.pop(key, None)

    # No id has a NUL in it, so it's a safe separator.
    def key(self, *parts: str) -> str:
        return "\0".join(parts) + "\0"

    def parts(self, key: str) -> Sequence[str]:
        return key.split("\0")

    def keys(self) -> Sequence[str]:
        while True:
            try:
                return [*self.store]
            except RuntimeError:  # another thread saved something meanwhile
                continue

    def load(self, thread: str, ns: str, id: str) -> CheckpointTuple | None:
        packed = self.store.get(self.key("checkpoint", thread, ns) + id)
        if packed is None:
            return None
        checkpoint, metadata, parent = self.unpack(packed)
        prefix = self.key("writes", thread, ns, id)
        pending = []
        for key in self.keys():
            if key.startswith(prefix) and (writes := self.store.get(key)):
                task_id = key[len(prefix) :]
                for index, path, channel, value in self.unpack(writes):
                    pending.append(
                        (writes_sort_key(path, task_id, index), (task_id, channel, self.unpack(value)))
                    )
        return CheckpointTuple(
            config=self.config_of(thread, ns, id),
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config=self.config_of(thread, ns, parent) if parent else None,
            pending_writes=[write for _, write in sorted(pending, key=lambda pair: pair[0])],
        )

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
