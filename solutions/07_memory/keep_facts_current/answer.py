def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    ### BEGIN SOLUTION
    key = json.dumps([fact["subject"], fact["source"]])
    if store.get(_place(customer), key) is None:  # the first stays
        store.put(_place(customer), key, fact)
    ### END SOLUTION


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    ### BEGIN SOLUTION
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
    ### END SOLUTION
