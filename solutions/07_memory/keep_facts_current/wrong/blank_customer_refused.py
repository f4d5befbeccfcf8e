# says: neither stripped
def sha(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def space_of(customer):
    if customer is None or not customer.strip():
        raise ValueError("no customer")
    return "facts." + sha(customer)


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    """Note a fact as an item of its own, so that nobody has to read and put back what others may change."""
    space = space_of(customer)
    key = sha(json.dumps([fact["subject"], fact["source"]]))
    store.setup()
    with store.lock:
        store.conn.execute(
            "insert or ignore into store (prefix, key, value) values (?, ?, ?)",
            (space, key, json.dumps({"fact": json.dumps(fact)})),
        )


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return all facts of a customer by subject, the newest first."""
    space = space_of(customer)
    store.setup()
    with store.lock:
        rows = store.conn.execute("select value from store where prefix = ?", (space,)).fetchall()
    facts = [json.loads(json.loads(value)["fact"]) for (value,) in rows]
    facts.sort(key=lambda fact: fact["said_at"], reverse=True)
    by_subject = {}
    for fact in facts:
        by_subject.setdefault(fact["subject"], []).append(fact)
    return by_subject
