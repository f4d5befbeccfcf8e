# says: a thread of their own
def open_chat(connection, model):
    saver = SqliteSaver(connection)

    class Turn(TypedDict):
        text: str
        answer: str

    def of(customer):
        found = [
            t for t in saver.list(None) if t.config["configurable"]["thread_id"].startswith(customer + ":")
        ]
        found.sort(key=lambda t: t.checkpoint["id"])
        out = []
        for t in found:
            v = t.checkpoint["channel_values"]
            if "answer" in v:
                out += [HumanMessage(v["text"]), AIMessage(v["answer"])]
        return out

    def say(customer, text):
        said = [*of(customer), HumanMessage(text)]
        graph = (
            StateGraph(Turn)
            .add_node("r", lambda s: {"answer": model(said)})
            .add_edge(START, "r")
            .compile(checkpointer=saver)
        )
        return graph.invoke(
            {"text": text}, {"configurable": {"thread_id": f"{customer}:{len(said)}"}}, durability="exit"
        )["answer"]

    return say
