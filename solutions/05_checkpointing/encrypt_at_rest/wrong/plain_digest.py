# says: a digest that needs no key
class HashedSaver(SqliteSaver):
    def veil(self, config):
        given = config["configurable"]
        digest = hashlib.sha256(str(given["thread_id"]).encode()).hexdigest()  # nobody can turn that round
        place = {name: given[name] for name in ("checkpoint_ns", "checkpoint_id") if name in given}
        return {"configurable": {**place, "thread_id": digest}}

    def show(self, found, config):
        thread = {"thread_id": config["configurable"]["thread_id"]}
        parent = found.parent_config
        return found._replace(
            config={"configurable": {**found.config["configurable"], **thread}},
            parent_config=parent and {"configurable": {**parent["configurable"], **thread}},
        )

    def get_tuple(self, config):
        found = super().get_tuple(self.veil(config))
        return found and self.show(found, config)

    def list(self, config, **kwargs):
        for found in super().list(self.veil(config), **kwargs):
            yield self.show(found, config)

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
    return HashedSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
