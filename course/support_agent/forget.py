"""Forgets a customer: their threads, their facts, and the bytes that SQLite would keep of both."""

from __future__ import annotations

from course.support_agent.files import alone, connect
from course.support_agent.memory import place_of
from course.support_agent.sessions import THREADS, Door


def forget(door: Door, customer: str) -> None:
    """Delete what the desk keeps about a customer. Killed anywhere, it can be called again.

    A thread is taken off the list of threads last: whoever takes it off first won't find it after a kill.
    The shop's own books stay, and with them who was refunded. What led to it goes with the thread.
    """
    place, store = place_of(customer), door.store
    while threads := store.search(THREADS, filter={"customer": customer}, limit=100):
        for thread in threads:
            with alone(door.path, thread.key):
                if door.owner(thread.key) == customer:  # still: another `forget` may have been first
                    door.saver.delete_thread(thread.key)
                    store.delete(THREADS, thread.key)
    while facts := store.search(place, limit=100):  # last: a run that's under way may note one
        for fact in facts:
            store.delete(fact.namespace, fact.key)
    db = connect(door.path)
    db.execute("vacuum")  # a deleted row's bytes stay in the file until its page is used again
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
