# says: was passed on
_asked: dict[str, dict] = {}


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
    if question not in _asked:
        for one in graph.get_state(config).interrupts:
            _asked[one.id] = one.value
    if question not in _asked or not _fits(_asked[question], answer):
        return False
    del _asked[question]
    graph.invoke(Command(resume={question: answer}), config)
    return True
