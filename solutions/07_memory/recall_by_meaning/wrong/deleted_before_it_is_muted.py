# says: neither `index=False` nor `delete`
class Memories:
    def __init__(self, connection, embed, dims):
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def note(self, customer, key, memory, *, muted=False):
        where = ("m", customer.encode().hex())
        self.store.delete(where, key)
        self.store.put(where, key, memory, index=False if muted else None)

    def recall(self, customer, question):
        question = question.strip()
        items = self.store.search(("m", customer.encode().hex()), query=question, limit=3)
        return [item.value for item in items if question and item.score >= 0.5]
