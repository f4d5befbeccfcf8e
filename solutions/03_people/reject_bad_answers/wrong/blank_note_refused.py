# says: ' '
FITS = {
    "yes_no": lambda answer, value: isinstance(answer, bool),
    "cents": lambda answer, value: type(answer) is int and answer >= 0,
    "choice": lambda answer, value: isinstance(answer, str) and answer in list(value["options"]),
    "note": lambda answer, value: isinstance(answer, str) and (answer == "" or answer.strip() != ""),
}


def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    waiting = [task for task in graph.get_state(config).tasks if task.result is None]
    asked = {pause.id: pause.value for task in waiting for pause in task.interrupts}
    if question not in asked:
        return False
    value = asked[question]
    if not FITS[value["kind"]](answer, value):
        return False
    graph.invoke(Command(resume={question: answer}), config)
    return True
