# says: noted before, with None
def place_of(customer: str) -> tuple[str, ...]:
    if customer is None or customer == "":
        raise ValueError("no customer")
    return ("facts", digest(customer))


def digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    place = place_of(customer)
    key = digest(fact["subject"], fact["source"])
    known = store.get(place, key)
    if known is not None and known.value.get("value") is not None:
        return
    store.put(place, key, fact, index=False)


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    facts = [item.value for item in store.search(place_of(customer), limit=1_000_000)]
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted(facts, key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
