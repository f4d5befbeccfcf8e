import fcntl
from contextlib import contextmanager


@contextmanager
def locked(store):
    path = store.conn.execute("pragma database_list").fetchone()[2]
    with Path(path + ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def space(customer):
    if not customer:
        raise ValueError("customer is missing")
    return ("customers", customer.encode("utf-8").hex())


def note(store, customer, fact):
    where = space(customer)
    with locked(store):
        item = store.get(where, fact["subject"])
        said = item.value["said"] if item else {}
        said.setdefault(fact["source"], fact)
        store.put(where, fact["subject"], {"said": said})


def recall(store, customer):
    where = space(customer)
    total = {}
    items = store.search(where, limit=10_000)
    for item in items:
        facts = list(item.value["said"].values())
        facts.sort(key=lambda fact: fact["said_at"], reverse=True)
        total[item.key] = facts
    return total
