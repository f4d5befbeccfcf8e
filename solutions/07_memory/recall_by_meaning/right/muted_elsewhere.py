class Memories:
    def __init__(self, connection, embed, dims):
        self.connection = connection
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def note(self, customer, key, memory, *, muted=False):
        heard, silent = (("customers", customer.encode().hex(), kind) for kind in ("heard", "silent"))
        into, out_of = (silent, heard) if muted else (heard, silent)
        self.store.delete(out_of, key)
        self.connection.execute(
            "delete from store_vectors where prefix = ? and key = ?", (".".join(out_of), key)
        )
        self.store.put(into, key, memory, index=False if muted else None)

    def recall(self, customer, question):
        if question.isspace() or not question:
            return []
        found = self.store.search(("customers", customer.encode().hex(), "heard"), query=question, limit=3)
        return [item.value for item in found if item.score >= 0.5]
