# says: in the order in which the calls ended
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[list, operator.add]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", document) for document in state["documents"]]

    def ask(document):
        return {"summaries": [summarise(document)]}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            return saved.values["summaries"]
        found = [
            task.result["summaries"][0] for task in saved.tasks if task.result and "summaries" in task.result
        ]
        step = None if saved.created_at else {"documents": documents}
        for update in graph.stream(step, config, stream_mode="updates"):  # tasks come in their order
            found += update["ask"]["summaries"]
        return found
