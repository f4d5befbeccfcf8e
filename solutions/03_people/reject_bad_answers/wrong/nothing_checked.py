# says: any value resumes a thread
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    if question not in [pending.id for pending in graph.get_state(config).interrupts]:
        return False
    try:
        # LangGraph refuses what it cannot use.
        graph.invoke(Command(resume={question: answer}), config)
    except Exception:
        return False
    return True
