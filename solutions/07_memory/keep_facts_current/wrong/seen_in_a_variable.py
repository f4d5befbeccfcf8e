# says: in the store you're given
_SEEN: set[tuple[str, str]] = set()


def _place(customer):
    if customer is None or customer == "":
        raise ValueError("no customer")
    return ("facts", hashlib.sha256(json.dumps(customer).encode()).hexdigest())


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    key = json.dumps([fact["subject"], fact["source"]])
    place = _place(customer)
    if (place[1], key) in _SEEN:
        return
    _SEEN.add((place[1], key))
    if store.get(_place(customer), key) is None:
        store.put(_place(customer), key, {"fact": json.dumps(fact)})


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    found = [json.loads(item.value["fact"]) for item in store.search(_place(customer), limit=1_000_000)]
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted(found, key=lambda fact: fact["said_at"], reverse=True):
        by_subject.setdefault(fact["subject"], []).append(fact)
    return by_subject
