SAVER = InMemorySaver()


def build_graph():
    def mark(state):
        return {"notes": ["seen"]}

    return StateGraph(State).add_node(mark).add_edge(START, "mark").compile(checkpointer=SAVER)
