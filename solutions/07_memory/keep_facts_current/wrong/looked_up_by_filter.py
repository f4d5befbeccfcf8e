# says: needs the same key
def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    known = {"subject": fact["subject"], "source": fact["source"]}
    if not store.search(_place(customer), filter=known, limit=1):  # the first stays
        store.put(_place(customer), str(uuid.uuid4()), fact)


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    # All at once: what's noted between two pages would move the second one.
    items = store.search(_place(customer), limit=10_000)
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found


def _place(customer: str) -> tuple[str, ...]:
    if not customer:
        raise ValueError("a fact belongs to a customer, and there is none")
    return ("facts", uuid.uuid5(uuid.NAMESPACE_URL, customer).hex)
