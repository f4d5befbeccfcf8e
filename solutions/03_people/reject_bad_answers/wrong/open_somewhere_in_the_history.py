# says: that new input has dropped
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    asked = None
    for snapshot in graph.get_state_history(config):
        for task in snapshot.tasks:
            for one in task.interrupts:
                if one.id == question and task.result is None:
                    asked = one.value
    if asked is None:
        return False
    kind = asked["kind"]
    fits = (
        (kind == "yes_no" and isinstance(answer, bool))
        or (kind == "cents" and type(answer) is int and answer >= 0)
        or (kind == "choice" and isinstance(answer, str) and answer in asked["options"])
        or (kind == "note" and isinstance(answer, str))
    )
    if not fits:
        return False
    graph.invoke(Command(resume={question: answer}), config)
    return True
