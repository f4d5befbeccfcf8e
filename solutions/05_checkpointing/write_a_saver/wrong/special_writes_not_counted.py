# says: both times `x` has index 1
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
        return json.dumps(parts)

    def parts(self, key: str) -> Sequence[str]:
        return json.loads(key)

    def keys(self) -> Any:
        return [*self.store]

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        known = config["configurable"]
        thread, ns = known["thread_id"], known.get("checkpoint_ns", "")
        row = {
            "checkpoint": checkpoint,
            "metadata": get_checkpoint_metadata(config, metadata),
            "parent": known.get("checkpoint_id"),
        }
        self.store[self.key("checkpoint", thread, ns, checkpoint["id"])] = self.pack(row)
        return self.config_of(thread, ns, checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        known = config["configurable"]
        key = self.key(
            "writes", known["thread_id"], known.get("checkpoint_ns", ""), known["checkpoint_id"], task_id
        )
        packed = self.store.get(key)
        rows = self.unpack(packed)["rows"] if packed is not None else []
        kept = {idx: [idx, channel, value] for idx, channel, value in rows}
        position = 0
        for channel, value in writes:
            idx = WRITES_IDX_MAP.get(channel, position)
            position += channel not in WRITES_IDX_MAP
            if idx < 0 or idx not in kept:
                kept[idx] = [idx, channel, value]
        self.store[key] = self.pack({"path": task_path, "rows": [*kept.values()]})

    def found(self, thread: str, ns: str, id: str) -> CheckpointTuple | None:
        packed = self.store.get(self.key("checkpoint", thread, ns, id))
        if packed is None:
            return None
        row, pending = self.unpack(packed), []
        for key in self.keys():
            kind, *place = self.parts(key)
            if kind == "writes" and place[:3] == [thread, ns, id]:
                task = self.unpack(self.store[key])
                for idx, channel, value in task["rows"]:
                    order = writes_sort_key(task["path"], place[3], idx)
                    pending.append((order, (place[3], channel, value)))
        pending.sort(key=lambda write: write[0])
        parent = row["parent"] and self.config_of(thread, ns, row["parent"])
        return CheckpointTuple(
            self.config_of(thread, ns, id),
            row["checkpoint"],
            row["metadata"],
            parent or None,
            [write for _, write in pending],
        )

    def places(self) -> Any:
        """Yield thread, namespace and id of each checkpoint, newest first."""
        kept = [self.parts(key) for key in self.keys()]
        places = [tuple(place) for kind, *place in kept if kind == "checkpoint"]
        return sorted(places, key=lambda place: place[2], reverse=True)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        known = config["configurable"]
        thread, ns = known["thread_id"], known.get("checkpoint_ns", "")
        id = known.get("checkpoint_id")
        if not id:
            id = next((id for *place, id in self.places() if place == [thread, ns]), None)
        return self.found(thread, ns, id) if id else None

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
        known = config["configurable"] if config else {}
        end = before and before["configurable"].get("checkpoint_id")
        left = limit
        for thread, ns, id in self.places():
            if left is not None and left <= 0:
                return
            if "thread_id" in known and known["thread_id"] != thread:
                continue
            if known.get("checkpoint_ns") is not None and known["checkpoint_ns"] != ns:
                continue
            if known.get("checkpoint_id") and known["checkpoint_id"] != id:
                continue
            if end and id >= end:
                continue
            found = self.found(thread, ns, id)
            if found is None or not self.matches(found.metadata, filter or {}):
                continue
            yield found
            if left is not None:
                left -= 1

    def matches(self, metadata: Any, filter: dict[str, Any]) -> bool:
        return all(name in metadata and metadata[name] == value for name, value in filter.items())

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        for key in self.keys():
            if self.parts(key)[1] == thread_id:
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
