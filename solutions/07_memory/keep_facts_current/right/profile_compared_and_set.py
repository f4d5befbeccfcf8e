def _profile(customer):
    if customer is None or customer == "":
        raise ValueError("no customer")
    return "profiles", hashlib.sha256(customer.encode()).hexdigest()


def note(store, customer, fact):
    """One profile for each customer, replaced only if nobody has changed it since it was read."""
    prefix, key = _profile(customer)
    while True:
        row = store.conn.execute(
            "select value from store where prefix = ? and key = ?", (prefix, key)
        ).fetchone()
        facts = json.loads(row[0])["facts"] if row else []
        if any((old["subject"], old["source"]) == (fact["subject"], fact["source"]) for old in facts):
            return
        new = json.dumps({"facts": [*facts, fact]})
        if row:
            done = store.conn.execute(
                "update store set value = ? where prefix = ? and key = ? and value = ?",
                (new, prefix, key, row[0]),
            )
        else:
            done = store.conn.execute(
                "insert or ignore into store (prefix, key, value, created_at, updated_at) "
                "values (?, ?, ?, current_timestamp, current_timestamp)",
                (prefix, key, new),
            )
        if done.rowcount:
            return


def recall(store, customer):
    prefix, key = _profile(customer)
    item = store.get((prefix,), key)
    found = {}
    for fact in item.value["facts"] if item else []:
        found[fact["subject"]] = sorted([fact, *found.get(fact["subject"], [])], key=lambda f: f["said_at"])[
            ::-1
        ]
    return found
