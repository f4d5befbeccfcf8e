# says: no two get the same
class Memories:
    def __init__(self, connection, embed, dims):
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def space(self, customer):
        return ("memories", customer.replace(".", "_"))

    def note(self, customer, key, memory, *, muted=False):
        value = {"text": memory["text"], "memory": memory, "muted": muted}
        self.store.put(self.space(customer), key, value)

    def recall(self, customer, question):
        if not question.strip():
            return []
        items = self.store.search(self.space(customer), query=question, filter={"muted": False}, limit=3)
        return [item.value["memory"] for item in items if item.score >= 0.5]
