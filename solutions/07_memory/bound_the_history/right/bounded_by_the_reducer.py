def build_agent(model, tools, saver, budget, count):
    def bounded(left, right):
        messages = add_messages(left, right)
        if messages[-1].type == "human" and len(messages) > 1:
            for place in range(len(messages) - 2, 0, -1):
                if messages[place].type == "ai":  # a new question, and the last call got no result
                    if messages[place].tool_calls and messages[place + 1].type == "human":
                        del messages[place]
                    break
        questions = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
        starts = [place for place in questions if count(messages[place:]) <= budget]
        if starts:
            return messages[starts[0] :]
        asked = questions[-1]
        rest = messages[asked + 1 :]
        while count([messages[asked], *rest]) > budget:
            rest = rest[1:]
            while rest and rest[0].type == "tool":
                rest = rest[1:]
        return [messages[asked], *rest]

    class Bounded(TypedDict):
        messages: Annotated[list[AnyMessage], bounded]

    def call(state: Bounded):
        return {"messages": [model(state["messages"])]}

    builder = StateGraph(Bounded)
    builder.add_node("call", call)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "call")
    builder.add_conditional_edges("call", tools_condition)
    builder.add_edge("tools", "call")
    return builder.compile(checkpointer=saver)
