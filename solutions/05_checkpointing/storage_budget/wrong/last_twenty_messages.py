# says: not the conversation
from langchain_core.messages import RemoveMessage


def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    def trim(state):
        return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-20]]}

    builder = StateGraph(MessagesState).add_node(reply).add_node(trim)
    builder.add_edge(START, "reply").add_edge("reply", "trim")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        # Nobody needs more than the last twenty messages, and a short list makes small checkpoints.
        config = {"configurable": {"thread_id": customer}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text

    return say
