# says: the first stays
class _Place:
    """Where a customer's facts are."""

    def __init__(self, customer):
        if customer is None or customer == "":
            raise ValueError("no customer")
        self.namespace = ("facts", self.label(customer))

    @staticmethod
    def label(*texts):
        return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    place = _Place(customer).namespace
    key = _Place.label(fact["subject"], fact["source"])
    old = store.get(place, key)
    if old is None or fact["said_at"] < json.loads(old.value["json"])["said_at"]:
        store.put(place, key, {"json": json.dumps(fact)})


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    found = [
        json.loads(item.value["json"]) for item in store.search(_Place(customer).namespace, limit=1_000_000)
    ]
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted(found, key=lambda fact: fact["said_at"], reverse=True):
        by_subject.setdefault(fact["subject"], []).append(fact)
    return by_subject
