def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}}
    waiting = {pending.id: pending.value for pending in graph.get_state(config).interrupts}
    match waiting.get(question):
        case {"kind": "yes_no"}:
            fits = isinstance(answer, bool)
        case {"kind": "cents"}:
            fits = isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0
        case {"kind": "choice", "options": options}:
            fits = answer in options
        case {"kind": "note"}:
            fits = isinstance(answer, str)
        case _:  # not asked, not asked here, or answered already
            fits = False
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits
    ### END SOLUTION
