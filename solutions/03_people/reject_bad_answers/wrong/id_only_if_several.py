# says: now the other is closed too
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    waiting = graph.get_state(config).interrupts
    asked = next((one.value for one in waiting if one.id == question), None)
    if asked is None:
        return False

    def fits() -> bool:
        kind = asked["kind"]
        if kind == "yes_no":
            return answer is True or answer is False
        if kind == "cents":
            return type(answer) is int and answer >= 0
        if kind == "choice":
            return isinstance(answer, str) and answer in asked["options"]
        return kind == "note" and isinstance(answer, str)

    if not fits():
        return False
    # Only where several questions wait does LangGraph need to be told which one this answers.
    graph.invoke(Command(resume=answer if len(waiting) == 1 else {question: answer}), config)
    return True
