# says: that no checkpoint had
class Vault(SqliteSaver):
    def __init__(self, conn, key):
        self.key = key
        super().__init__(conn, serde=EncryptedSerializer.from_pycryptodome_aes(key=key))

    def digest(self, thread_id):
        return hmac.new(self.key, str(thread_id).encode(), hashlib.sha256).hexdigest()

    def inner(self, config):
        c = config["configurable"]
        return {
            "configurable": {k: c[k] for k in ("checkpoint_ns", "checkpoint_id") if k in c}
            | {"thread_id": self.digest(c["thread_id"])}
        }

    def outer(self, found, thread_id):
        def back(config):
            if config is None:
                return None
            return {"configurable": {**config["configurable"], "thread_id": thread_id}}

        metadata = dict(found.metadata)
        secret = bytes.fromhex(metadata.pop("secret"))
        metadata |= self.serde.loads_typed(("msgpack+aes", secret))
        return found._replace(
            config=back(found.config), parent_config=back(found.parent_config), metadata=metadata
        )

    def put(self, config, checkpoint, metadata, new_versions):
        everything = get_checkpoint_metadata(config, metadata)
        keep = {k: everything.pop(k) for k in ("source", "step", "parents") if k in everything}
        keep["secret"] = self.serde.dumps_typed(everything)[1].hex()
        return super().put(self.inner(config), checkpoint, keep, new_versions)

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.inner(config), writes, task_id, task_path)

    def get_tuple(self, config):
        found = super().get_tuple(self.inner(config))
        return self.outer(found, config["configurable"]["thread_id"]) if found else None

    def list(self, config, *, filter=None, before=None, limit=None):
        count = 0
        for found in list_all(super(), self.inner(config), before):
            found = self.outer(found, config["configurable"]["thread_id"])
            if all(found.metadata.get(k) == v for k, v in (filter or {}).items()):
                if limit is not None and count >= limit:
                    return
                count += 1
                yield found

    def delete_thread(self, thread_id):
        super().delete_thread(self.digest(thread_id))


def list_all(parent, config, before, limit=None):
    return [*parent.list(config, before=before, limit=limit)]


def open_vault(db_path: str, key: bytes) -> BaseCheckpointSaver:
    """Return a saver on `db_path` whose files tell nobody anything without `key`."""
    return Vault(sqlite3.connect(db_path, check_same_thread=False), key)
