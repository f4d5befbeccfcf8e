# says: keep no list of them
FACTS = {}


def _file(store):
    return store.conn.execute("pragma database_list").fetchone()[2]


def note(store, customer, fact):
    if not customer:
        raise ValueError("whose facts?")
    mine = FACTS.setdefault((_file(store), customer), {})
    mine[fact["subject"], fact["source"]] = fact
    name = hashlib.md5(customer.encode()).hexdigest()
    store.put(("facts", name), json.dumps([fact["subject"], fact["source"]]), fact)


def recall(store, customer):
    if not customer:
        raise ValueError("whose facts?")
    if (_file(store), customer) not in FACTS:
        name = hashlib.md5(customer.encode()).hexdigest()
        found = [item.value for item in store.search(("facts", name), limit=100_000)]
        FACTS[_file(store), customer] = {(fact["subject"], fact["source"]): fact for fact in found}
    facts = sorted(FACTS[_file(store), customer].values(), key=lambda fact: fact["said_at"], reverse=True)
    return {s: [f for f in facts if f["subject"] == s] for s in {f["subject"] for f in facts}}
