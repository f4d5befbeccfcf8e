# says: both asked by one node's own graph
def _fits(asked: dict, answer: Any) -> bool:
    kind = asked["kind"]
    if kind == "yes_no":
        return type(answer) is bool
    if kind == "cents":
        return type(answer) is int and answer >= 0
    if kind == "choice":
        return isinstance(answer, str) and answer in asked["options"]
    return kind == "note" and isinstance(answer, str)


def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    asked = {
        task.interrupts[0].id: task.interrupts[0].value
        for task in graph.get_state(config).tasks
        if task.interrupts
    }
    if question not in asked or not _fits(asked[question], answer):
        return False
    graph.invoke(Command(resume={question: answer}), config)
    return True
