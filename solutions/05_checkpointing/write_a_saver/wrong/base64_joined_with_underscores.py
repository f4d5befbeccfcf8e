# says: not how they begin or end
import base64


class KeyValueSaver(BaseCheckpointSaver[int]):
    """Keeps checkpoints in a mapping from strings to bytes."""

    def __init__(self, store: MutableMapping[str, bytes]) -> None:
        super().__init__()
        self.store = store

    def key(self, kind: str, *parts: str) -> str:
        """Return the parts of a key in base64, each with an underscore behind it."""
        coded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
        return "".join(f"{part}_" for part in [kind, *coded])

    def under(self, kind: str, *parts: str) -> Sequence[str]:
        """Return the keys that begin with these parts."""
        return [key for key in [*self.store] if key.startswith(self.key(kind, *parts))]

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
        row = [place, checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[self.key("checkpoint", *place)] = self.pack(row)
        return self.config_of(*place)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = self.key("writes", *place, task_id)
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, task_id, channel, value]
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
        saved = [self.unpack(self.store[key]) for key in self.under("checkpoint")]
        saved.sort(key=lambda row: row[0][2], reverse=True)
        for (thread, ns, id), checkpoint, metadata, parent in saved:
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in self.under("writes", thread, ns, id):
                for index, (path, task, channel, value) in self.unpack(self.store[key]).items():
                    writes.append((writes_sort_key(path, task, index), (task, channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for key in self.under("checkpoint", thread_id) + self.under("writes", thread_id):
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
