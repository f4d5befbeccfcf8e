# says: takes `*` for any label
def _label(text: str) -> str:
    return text.replace("%", "%25").replace(".", "%2E").replace("\0", "%00")


def _place(customer: str) -> tuple[str, ...]:
    if customer is None or customer == "":
        raise ValueError("no customer")
    return ("facts", _label(customer))


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    place = (*_place(customer), "subject:" + _label(fact["subject"]))
    if store.get(place, fact["source"]) is None:
        store.put(place, fact["source"], fact)


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for subject in store.list_namespaces(prefix=_place(customer), limit=1_000_000):
        facts = [item.value for item in store.search(subject, limit=1_000_000)]
        facts.sort(key=lambda fact: fact["said_at"], reverse=True)
        found[facts[0]["subject"]] = facts
    return found
