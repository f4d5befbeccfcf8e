# says: two questions are open
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    pending = graph.get_state(config).interrupts
    if not pending or pending[0].id != question:  # one at a time
        return False
    asked = pending[0].value
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }[asked["kind"]]
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits
