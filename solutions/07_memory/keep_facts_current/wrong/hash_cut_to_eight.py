# says: no other id gives the same one
def _place(customer: str) -> tuple[str, ...]:
    if customer is None or customer == "":
        raise ValueError("no customer")
    return ("facts", hashlib.sha256(customer.encode()).hexdigest()[:8])  # no dots, and short


def _key(fact: dict[str, Any]) -> str:
    return json.dumps([fact["subject"], fact["source"]])


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    place, key = _place(customer), _key(fact)
    if store.get(place, key) is None:
        store.put(place, key, fact)


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in store.search(_place(customer), limit=1_000_000):
        found.setdefault(item.value["subject"], []).append(item.value)
    for facts in found.values():
        facts.sort(key=lambda fact: fact["said_at"], reverse=True)
    return found
