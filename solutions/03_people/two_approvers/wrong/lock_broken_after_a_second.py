# says: never break it
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    from contextlib import suppress

    config = {"configurable": {"thread_id": thread_id}}
    lock = Path(f"{db_path}.{hashlib.sha256(thread_id.encode()).hexdigest()[:16]}.lock")
    while True:
        try:
            lock.touch(exist_ok=False)
            break
        except FileExistsError:
            with suppress(FileNotFoundError):
                if time.time() - lock.stat().st_mtime > 1:  # whoever made it has died
                    lock.unlink()
            time.sleep(0.01)
    try:
        with SqliteSaver.from_conn_string(db_path) as saver:
            graph = builder.compile(checkpointer=saver)
            if question not in {pending.id for pending in graph.get_state(config).interrupts}:
                return False
            graph.invoke(Command(resume={question: answer}), config)
            return True
    finally:
        lock.unlink(missing_ok=True)
