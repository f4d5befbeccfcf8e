# says: options are strings
def _fits(asked: dict, answer: Any) -> bool:
    kind = asked["kind"]
    if kind == "yes_no":
        return type(answer) is bool
    if kind == "cents":
        return type(answer) is int and answer >= 0
    if kind == "choice":
        return str(answer) in asked["options"]
    return kind == "note" and isinstance(answer, str)


def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    asked = next((one.value for one in graph.get_state(config).interrupts if one.id == question), None)
    if asked is None or not _fits(asked, answer):
        return False
    graph.invoke(Command(resume={question: answer}), config)
    return True
