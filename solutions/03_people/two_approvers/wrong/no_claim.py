# says: LangGraph lets both resume it
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        # Once one of them resumes it, the checkpointer will not let the other in.
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
