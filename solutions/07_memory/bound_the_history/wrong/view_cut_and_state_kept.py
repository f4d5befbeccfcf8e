# says: newest checkpoint
def build_agent(model, tools, saver, budget, count):
    def view(messages):
        asked = max(place for place, message in enumerate(messages) if message.type == "human")
        start = asked
        for place in range(asked, -1, -1):
            if messages[place].type == "human" and count(messages[place:]) <= budget:
                start = place
            elif count(messages[place:]) > budget:
                break
        if count(messages[start:]) <= budget:
            return messages[start:]
        rest = messages[asked + 1 :]
        while count([messages[asked], *rest]) > budget or rest[0].type == "tool":
            rest = rest[1:]
        return [messages[asked], *rest]

    def agent(state: MessagesState):
        return {"messages": [model(view(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
