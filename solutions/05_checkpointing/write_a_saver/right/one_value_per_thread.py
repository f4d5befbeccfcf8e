import threading
from itertools import islice


class KeyValueSaver(BaseCheckpointSaver[int]):
    """One value for each thread, read and written whole, under a lock."""

    lock = threading.RLock()

    def __init__(self, store):
        super().__init__()
        self.store = store

    def load(self, thread):
        packed = self.store.get(f"thread:{thread}")
        if packed is None:
            return {}
        kind, _, data = packed.partition(b"|")
        return self.serde.loads_typed((kind.decode(), data))

    def save(self, thread, content):
        kind, data = self.serde.dumps_typed(content)
        self.store[f"thread:{thread}"] = kind.encode() + b"|" + data

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        thread, ns = str(where["thread_id"]), where.get("checkpoint_ns", "")
        with self.lock:
            content = self.load(thread)
            entry = content.setdefault(ns, {}).setdefault(checkpoint["id"], {"writes": {}})
            entry["checkpoint"] = checkpoint
            entry["metadata"] = get_checkpoint_metadata(config, metadata)
            entry["parent"] = where.get("checkpoint_id")
            self.save(thread, content)
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        with self.lock:
            content = self.load(str(where["thread_id"]))
            entries = content.setdefault(where.get("checkpoint_ns", ""), {})
            kept = entries.setdefault(where["checkpoint_id"], {"writes": {}})["writes"]
            for position, (channel, value) in enumerate(writes):
                index = WRITES_IDX_MAP.get(channel, position)
                written = [task_path, task_id, index, channel, value]
                if channel in WRITES_IDX_MAP:
                    kept[f"{task_id} {index}"] = written
                else:
                    kept.setdefault(f"{task_id} {index}", written)
            self.save(str(where["thread_id"]), content)

    def get_tuple(self, config):
        where = config["configurable"]
        config = {"configurable": {**where, "checkpoint_ns": where.get("checkpoint_ns", "")}}
        return next(iter(self.list(config)), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        return islice(self.matching(config, filter, before), limit)

    def matching(self, config, filter, before):
        where = config["configurable"] if config else {}
        threads = [str(where["thread_id"])] if config else [key.partition(":")[2] for key in [*self.store]]
        found = []
        for thread in threads:
            for ns, entries in self.load(thread).items():
                for id, entry in entries.items():
                    if "checkpoint" in entry and where.get("checkpoint_ns", ns) == ns:
                        found.append((id, thread, ns, entry))
        found.sort(key=lambda one: one[0], reverse=True)
        for id, thread, ns, entry in found:
            if where.get("checkpoint_id") not in (None, "", id):
                continue
            if before and id >= before["configurable"]["checkpoint_id"]:
                continue
            if filter and not all(entry["metadata"].get(key) == value for key, value in filter.items()):
                continue
            config = {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}
            parent = entry["parent"] and {
                "configurable": config["configurable"] | {"checkpoint_id": entry["parent"]}
            }
            writes = sorted(entry["writes"].values(), key=lambda one: writes_sort_key(*one[:3]))
            pending = [(task, channel, value) for _, task, _, channel, value in writes]
            yield CheckpointTuple(config, entry["checkpoint"], entry["metadata"], parent or None, pending)

    def delete_thread(self, thread_id):
        with self.lock:
            self.store.pop(f"thread:{thread_id}", None)

    async def aput(self, config, checkpoint, metadata, new_versions):
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(self, config, writes, task_id, task_path=""):
        self.put_writes(config, writes, task_id, task_path)

    async def aget_tuple(self, config):
        return self.get_tuple(config)

    async def alist(self, config, *, filter=None, before=None, limit=None):
        for found in self.list(config, filter=filter, before=before, limit=limit):
            yield found

    async def adelete_thread(self, thread_id):
        self.delete_thread(thread_id)
