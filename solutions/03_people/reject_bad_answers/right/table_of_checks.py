def whole(answer, asked):
    return type(answer) is int and answer >= 0


CHECKS = {
    "yes_no": lambda answer, asked: answer is True or answer is False,
    "cents": whole,
    "choice": lambda answer, asked: type(answer) is str and answer in asked["options"],
    "note": lambda answer, asked: type(answer) is str,
}


def submit(graph, thread_id, question, answer):
    """A table of checks, and the questions as the saver holds them, among the pending writes."""
    config = {"configurable": {"thread_id": thread_id}}
    saved = graph.checkpointer.get_tuple(config)
    writes = saved.pending_writes if saved else []
    done = {step for step, channel, _ in writes if channel not in ("__interrupt__", "__resume__")}
    for step, channel, value in writes:
        if channel != "__interrupt__" or step in done:
            continue
        for pending in value:
            if pending.id == question and CHECKS[pending.value["kind"]](answer, pending.value):
                graph.invoke(Command(resume={question: answer}), config)
                return True
    return False
