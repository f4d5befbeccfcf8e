# says: the other process
MEMORY = {}


def chat(db_path, customer, text, model):
    config = {"configurable": {"thread_id": customer}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = (
            StateGraph(MessagesState)
            .add_node("turn", lambda s: {})
            .add_edge(START, "turn")
            .compile(checkpointer=saver)
        )
        key = (db_path, customer)
        if key not in MEMORY:  # read the file only once: it is slow
            MEMORY[key] = list(graph.get_state(config).values.get("messages", []))
        said = HumanMessage(text)
        MEMORY[key].append(said)
        reply = AIMessage(model(MEMORY[key]))
        MEMORY[key].append(reply)
        graph.update_state(config, {"messages": [said, reply]}, as_node="turn")
        return reply.content
