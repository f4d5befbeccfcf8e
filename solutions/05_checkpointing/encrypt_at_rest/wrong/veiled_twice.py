# says: which no caller knows
class OneWaySaver(SqliteSaver):
    key = b""

    def veil(self, config):
        given = config["configurable"]
        digest = hmac.new(self.key, str(given["thread_id"]).encode(), hashlib.sha256).hexdigest()
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": digest}}

    # On the way in each id is veiled; what comes out has been found, so that needs no change.
    def get_tuple(self, config):
        return super().get_tuple(self.veil(config))

    def list(self, config, **kwargs):
        return super().list(self.veil(config), **kwargs)

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {name: metadata[name] for name in ("source", "step", "parents") if name in metadata}
        return super().put(self.veil(config), checkpoint, kept, new_versions)

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = OneWaySaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
    saver.key = key
    return saver
