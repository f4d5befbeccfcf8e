# says: so test `question.strip()`
class Memories:
    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        index = {
            "dims": dims,
            "embed": lambda texts: [list(v) for v in embed(list(texts))],
            "text_fields": ["text"],
        }
        self.store = SqliteStore(connection, index=index)
        self.store.setup()
        connection.execute("pragma foreign_keys = on")

    @staticmethod
    def _place(customer):
        return "memories", customer.encode("utf-8", "surrogatepass").hex()

    def note(self, customer, key, memory, *, muted=False):
        self.store.delete(self._place(customer), key)
        value = {"json": json.dumps(memory), "text": memory["text"]}
        self.store.put(self._place(customer), key, value, index=False if muted else ["text"])

    def recall(self, customer, question):
        if not question:
            return []
        found = self.store.search(self._place(customer), query=question, limit=3)
        return [json.loads(item.value["json"]) for item in found if item.score >= 0.5]
