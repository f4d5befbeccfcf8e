# says: went to a question that its reviewer never saw
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    pending = graph.get_state(config).interrupts
    if not pending:
        return False
    asked = pending[0].value  # a thread waits for one thing: the thread id says which
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }[asked["kind"]]
    if fits:
        graph.invoke(Command(resume={pending[0].id: answer}), config)
    return fits
