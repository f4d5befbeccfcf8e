class Talk(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


CONNECTIONS: dict[str, sqlite3.Connection] = {}


def chat(db_path, customer, text, model):
    """The model is asked outside the graph, and `update_state` keeps the turn. One connection a file."""
    connection = CONNECTIONS.setdefault(db_path, sqlite3.connect(db_path, check_same_thread=False))
    builder = StateGraph(Talk).add_node("turn", lambda state: {}).add_edge(START, "turn")
    graph = builder.compile(checkpointer=SqliteSaver(connection))
    config = {"configurable": {"thread_id": customer}}
    said = graph.get_state(config).values.get("messages", [])
    answer = model([*said, HumanMessage(text)])
    graph.update_state(config, {"messages": [HumanMessage(text), AIMessage(answer)]}, as_node="turn")
    return answer
