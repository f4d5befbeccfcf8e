# says: in Python `True` is an `int`
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    waiting = {pending.id: pending.value for pending in graph.get_state(config).interrupts}
    if question not in waiting:
        return False
    asked = waiting[question]
    types = {"yes_no": bool, "cents": int, "choice": str, "note": str}  # the type says it all
    fits = isinstance(answer, types[asked["kind"]])
    if fits and asked["kind"] == "cents":
        fits = answer >= 0
    if fits and asked["kind"] == "choice":
        fits = answer in asked["options"]
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits
