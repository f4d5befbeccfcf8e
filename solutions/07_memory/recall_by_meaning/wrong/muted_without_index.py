# says: its old vector still finds it
class Memories:
    def __init__(self, connection, embed, dims):
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def note(self, customer, key, memory, *, muted=False):
        who = customer.replace("%", "%25").replace(".", "%2e")
        if muted:
            self.store.put(("memories", who), key, memory, index=False)
        else:
            self.store.put(("memories", who), key, memory)

    def recall(self, customer, question):
        if not question.strip():
            return []
        who = customer.replace("%", "%25").replace(".", "%2e")
        items = self.store.search(("memories", who), query=question, limit=3)
        return [item.value for item in items if item.score and item.score >= 0.5]
