import os


def decide(db_path, builder, thread_id, question, answer):
    """A claim is a file that can be created only once."""
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in [one.id for one in graph.get_state(config).interrupts]:
            return False
        try:
            os.close(os.open(f"{db_path}.{question}.answered", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        for _ in graph.stream(Command(resume={question: answer}), config):
            pass
    return True
