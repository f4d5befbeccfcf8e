# says: it's still a `float`
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    asked = {one.id: one.value for one in graph.get_state(config).interrupts}.get(question)
    if asked is None:
        return False
    number = isinstance(answer, int | float) and not isinstance(answer, bool)
    good = {
        "yes_no": lambda: isinstance(answer, bool),
        "cents": lambda: number and answer >= 0 and answer == int(answer),
        "choice": lambda: isinstance(answer, str) and answer in asked["options"],
        "note": lambda: isinstance(answer, str),
    }[asked["kind"]]()
    if good:
        graph.invoke(Command(resume={question: answer}), config)
    return good
