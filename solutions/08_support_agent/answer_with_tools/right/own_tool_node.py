def build_desk(model, tools, saver):
    by_name = {each.name: each for each in tools}

    def put(old, new):
        if isinstance(new, dict):
            return new["whole"]
        places = {m.id: n for n, m in enumerate(old)}
        out = list(old)
        for message in new:
            message = message if message.id else message.model_copy(update={"id": str(uuid.uuid4())})
            if message.id in places:
                out[places[message.id]] = message
            else:
                out.append(message)
        return out

    class State(TypedDict):
        messages: Annotated[list[AnyMessage], put]

    def run(call):
        try:
            return {"messages": [by_name[call["name"]].invoke(call)]}
        except GraphBubbleUp:
            raise
        except Exception as problem:
            told = f"{type(problem).__name__}: {problem}"
            return {
                "messages": [ToolMessage(told, tool_call_id=call["id"], status="error", id=str(uuid.uuid4()))]
            }

    def start(state):
        messages = list(state["messages"])
        for place in range(len(messages) - 1, -1, -1):
            message = messages[place]
            if message.type != "ai" or not message.tool_calls:
                continue
            behind = place + 1
            done = set()
            while behind < len(messages) and messages[behind].type == "tool":
                done.add(messages[behind].tool_call_id)
                behind += 1
            for call in reversed(message.tool_calls):
                if call["id"] not in done:
                    told = ToolMessage("lost", tool_call_id=call["id"], status="error", id=str(uuid.uuid4()))
                    messages.insert(behind, told)
        kinds = ["answer" if m.type == "ai" and not m.tool_calls else m.type for m in messages]
        question = max(n for n, kind in enumerate(kinds) if kind == "human")
        goto = END if "answer" in kinds[question:] else "think"
        return Command(update={"messages": {"whole": messages}}, goto=goto)

    def think(state):
        said = model(state["messages"])
        said = said if said.id else said.model_copy(update={"id": str(uuid.uuid4())})
        return Command(
            update={"messages": [said]}, goto=[Send("run", {**call}) for call in said.tool_calls] or END
        )

    builder = StateGraph(State).add_node(start, destinations=("think", END)).add_node(run)
    builder.add_node(think, destinations=("run", END)).add_edge(START, "start").add_edge("run", "think")
    return builder.compile(checkpointer=saver)
