# says: that's open on another thread
def decide(db_path, builder, thread_id, question, answer):
    # The ids of questions are unique, so a claim on the id is all that it takes.
    try:
        Path(f"{db_path}.{question}.answered").touch(exist_ok=False)
    except FileExistsError:
        return False
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        graph.invoke(Command(resume={question: answer}), {"configurable": {"thread_id": thread_id}})
    return True
