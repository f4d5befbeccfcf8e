# says: must not come first
class Memories:
    def __init__(self, connection, embed, dims):
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def note(self, customer, key, memory, *, muted=False):
        value = {"text": memory["text"], "memory": memory, "customer": customer, "muted": muted}
        self.store.put(("memories",), f"{customer}:{key}", value)

    def recall(self, customer, question):
        if not question.strip():
            return []
        items = self.store.search(("memories",), query=question, limit=10)
        mine = [item for item in items if item.value["customer"] == customer and not item.value["muted"]]
        return [item.value["memory"] for item in mine if item.score >= 0.5][:3]
