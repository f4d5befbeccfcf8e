# says: is an answer too
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    waiting = {pending.id: pending.value for pending in graph.get_state(config).interrupts}
    if question not in waiting or not answer:  # an empty form
        return False
    asked = waiting[question]
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }
    if fits[asked["kind"]]:
        graph.invoke(Command(resume={question: answer}), config)
    return fits[asked["kind"]]
