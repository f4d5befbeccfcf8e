from langgraph.checkpoint.base import get_checkpoint_metadata


class Wrapped(BaseCheckpointSaver):
    """Holds a saver instead of being one. Thread ids are sealed so that the key can open them again."""

    def __init__(self, inner, key):
        super().__init__(serde=inner.serde)
        self.inner = inner
        self.secrets = hashlib.sha512(b"ids" + key).digest()

    def seal(self, text):
        from Crypto.Cipher import AES

        return b"".join(AES.new(self.secrets, AES.MODE_SIV).encrypt_and_digest(text.encode())[::-1]).hex()

    def open(self, sealed):
        from Crypto.Cipher import AES

        data = bytes.fromhex(sealed)
        return AES.new(self.secrets, AES.MODE_SIV).decrypt_and_verify(data[16:], data[:16]).decode()

    def inward(self, config):
        if config is None:
            return None
        given = config["configurable"]
        found = {"thread_id": self.seal(str(given["thread_id"]))}
        for name in ("checkpoint_ns", "checkpoint_id"):
            if name in given:
                found[name] = given[name]
        return {"configurable": found}

    def outward(self, config):
        if config is None:
            return None
        given = config["configurable"]
        return {"configurable": {**given, "thread_id": self.open(given["thread_id"])}}

    def both(self, found):
        import json

        sealed = found.metadata.get("sealed")
        extra = self.serde.loads_typed(("msgpack+aes", bytes.fromhex(sealed))) if sealed else {}
        return CheckpointTuple(
            self.outward(found.config),
            found.checkpoint,
            {**{k: v for k, v in found.metadata.items() if k != "sealed"}, **extra},
            self.outward(found.parent_config),
            found.pending_writes,
        )

    def get_tuple(self, config):
        found = self.inner.get_tuple(self.inward(config))
        return None if found is None else self.both(found)

    def list(self, config, *, filter=None, before=None, limit=None):
        found = self.inner.list(self.inward(config), filter=filter, before=before, limit=limit)
        return [self.both(one) for one in found]

    def put(self, config, checkpoint, metadata, new_versions):
        everything = get_checkpoint_metadata(config, metadata)
        sealed = self.serde.dumps_typed(dict(everything))[1].hex()
        kept = {"source": metadata["source"], "step": metadata["step"], "sealed": sealed}
        return self.outward(self.inner.put(self.inward(config), checkpoint, kept, new_versions))

    def put_writes(self, config, writes, task_id, task_path=""):
        self.inner.put_writes(self.inward(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        self.inner.delete_thread(self.seal(str(thread_id)))

    def get_next_version(self, current, channel):
        return self.inner.get_next_version(current, channel)


def open_vault(db_path, key):
    connection = sqlite3.connect(db_path, check_same_thread=False)
    return Wrapped(SqliteSaver(connection, serde=EncryptedSerializer.from_pycryptodome_aes(key=key)), key)
