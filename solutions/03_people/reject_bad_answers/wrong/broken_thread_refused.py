# says: a node beside them failed
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    waiting = {}
    for task in snapshot.tasks:
        if task.error is not None:
            return False  # a broken thread has to be repaired before anybody answers
        waiting |= {asked.id: asked.value for asked in task.interrupts}
    if question not in waiting:
        return False
    value = waiting[question]
    match value["kind"]:
        case "yes_no":
            fits = isinstance(answer, bool)
        case "cents":
            fits = isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0
        case "choice":
            fits = isinstance(answer, str) and answer in value["options"]
        case "note":
            fits = isinstance(answer, str)
        case _:
            fits = False
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits
