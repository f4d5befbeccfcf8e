# says: give the store an `index`
class Memories:
    def __init__(self, connection, embed, dims):
        self.store = SqliteStore(connection)
        self.store.setup()

    def space(self, customer):
        return ("memories", hashlib.sha256(customer.encode()).hexdigest())

    def note(self, customer, key, memory, *, muted=False):
        value = {"text": memory["text"], "memory": memory, "muted": muted}
        self.store.put(self.space(customer), key, value)

    def recall(self, customer, question):
        if not question.strip():
            return []
        items = self.store.search(self.space(customer), query=question, filter={"muted": False}, limit=3)
        return [item.value["memory"] for item in items if item.score is not None and item.score >= 0.5]
