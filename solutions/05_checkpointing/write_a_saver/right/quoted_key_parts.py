from urllib.parse import quote, unquote


class KeyValueSaver(BaseCheckpointSaver[str]):
    """Quoted parts joined by slashes, a key for each call, and versions of its own, which are strings."""

    def __init__(self, store):
        super().__init__()
        self.store = store

    def get_next_version(self, current, channel):
        return f"{int(current or 0) + 1:012}"

    def path(self, *parts):
        return "".join(quote(str(part), safe="") + "/" for part in parts)

    def under(self, *parts):
        return sorted(key for key in [*self.store] if key.startswith(self.path(*parts)))

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b" " + data

    def unpack(self, packed):
        kind, data = packed.split(b" ", 1)
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = {"checkpoint_ns": "", **config["configurable"]}
        thread, ns, parent = where["thread_id"], where["checkpoint_ns"], where.get("checkpoint_id", "")
        metadata = get_checkpoint_metadata(config, metadata)
        self.store[self.path("saved", thread, ns, checkpoint["id"])] = self.pack(
            (checkpoint, metadata, parent)
        )
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        where = {"checkpoint_ns": "", **config["configurable"]}
        place = [where[part] for part in ("thread_id", "checkpoint_ns", "checkpoint_id")]
        earlier = self.under("wrote", *place, task_id)
        known = {row[2] for at in earlier for row in self.unpack(self.store[at])}
        rows = [
            (task_path, task_id, WRITES_IDX_MAP.get(channel, position), channel, value)
            for position, (channel, value) in enumerate(writes)
        ]
        rows = [row for row in rows if row[2] < 0 or row[2] not in known]
        # A key for each call, numbered; of a special write, the last call's is read.
        self.store[self.path("wrote", *place, task_id, f"{len(earlier):06}")] = self.pack(rows)

    def read(self, key):
        _, thread, ns, id = (unquote(part) for part in key.split("/")[:4])
        checkpoint, metadata, parent = self.unpack(self.store[key])
        address = {"thread_id": thread, "checkpoint_ns": ns}
        rows = {}
        for at in self.under("wrote", thread, ns, id):
            rows.update({(row[1], row[2]): row for row in self.unpack(self.store[at])})
        ordered = sorted(rows.values(), key=lambda row: row[:3])
        return CheckpointTuple(
            config={"configurable": {**address, "checkpoint_id": id}},
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config={"configurable": {**address, "checkpoint_id": parent}} if parent else None,
            pending_writes=[(task, channel, value) for _, task, _, channel, value in ordered],
        )

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        keys = self.under("saved", where["thread_id"], where["checkpoint_ns"])
        if where.get("checkpoint_id"):
            keys = [key for key in keys if key.split("/")[3] == where["checkpoint_id"]]
        return self.read(keys[-1]) if keys else None

    def list(self, config, *, filter=None, before=None, limit=None):
        where = config["configurable"] if config else {}
        scope = [where["thread_id"]] if config else []
        if "checkpoint_ns" in where:
            scope.append(where["checkpoint_ns"])
        count = 0
        for key in sorted(self.under("saved", *scope), key=lambda key: key.split("/")[3], reverse=True):
            found = self.read(key)
            id = found.checkpoint["id"]
            if count == limit:
                break
            if where.get("checkpoint_id", id) != id or (
                before and id >= before["configurable"]["checkpoint_id"]
            ):
                continue
            if {**found.metadata, **(filter or {})} == found.metadata:
                count += 1
                yield found

    def delete_thread(self, thread_id):
        for key in self.under("saved", thread_id) + self.under("wrote", thread_id):
            del self.store[key]

    async def aput(self, *args):
        return self.put(*args)

    async def aput_writes(self, *args, **kwargs):
        self.put_writes(*args, **kwargs)

    async def aget_tuple(self, config):
        return self.get_tuple(config)

    async def alist(self, config, **kwargs):
        for found in self.list(config, **kwargs):
            yield found

    async def adelete_thread(self, thread_id):
        self.delete_thread(thread_id)
