# says: times for one turn: ask once
def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    def answer(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = (
            StateGraph(MessagesState)
            .add_node("answer", answer)
            .add_edge(START, "answer")
            .compile(checkpointer=saver)
        )
        config = {"configurable": {"thread_id": customer}}
        said = graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"]
        return model(said[:-1])
