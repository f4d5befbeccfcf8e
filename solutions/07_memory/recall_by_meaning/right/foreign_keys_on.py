# %% [before]
import urllib.parse


# %% [answer]
class Memories:
    def __init__(self, connection, embed, dims):
        connection.execute("PRAGMA foreign_keys = ON")  # so that replacing an item drops its vector
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["$"]})
        self.store.setup()

    @staticmethod
    def label(customer):
        return "c-" + urllib.parse.quote(customer, safe="").replace(".", "%2E")

    def note(self, customer, key, memory, *, muted=False):
        self.store.put((self.label(customer),), key, memory, index=False if muted else ["text"])

    def recall(self, customer, question):
        hits = self.store.search((self.label(customer),), query=question, limit=3) if question.strip() else ()
        return [hit.value for hit in hits if (hit.score or 0) >= 0.5]
