# says: after the restart
# %% [before]
HISTORY = {}


# %% [answer]
def build_agent(model, tools, saver, budget, count):
    from langchain_core.runnables import RunnableConfig

    def agent(state: MessagesState, config: RunnableConfig):
        file = saver.conn.execute("pragma database_list").fetchone()[2]
        thread = file, config["configurable"]["thread_id"]
        history = HISTORY.setdefault(thread, [])
        known = {message.id for message in history}
        history += [message for message in state["messages"] if message.id not in known]
        questions = [place for place, message in enumerate(history) if message.type == "human"]
        starts = [place for place in questions if count(history[place:]) <= budget]
        if starts:
            sent = history[starts[0] :]
        else:
            rest = history[questions[-1] + 1 :]
            while rest and (count([history[questions[-1]], *rest]) > budget or rest[0].type == "tool"):
                rest = rest[1:]
            sent = [history[questions[-1]], *rest]
        reply = model(sent)
        current = state["messages"][max(n for n, m in enumerate(state["messages"]) if m.type == "human") :]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *current, reply]}

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
