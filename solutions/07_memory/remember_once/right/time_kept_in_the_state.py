from urllib.parse import quote


@dataclass
class Caller:
    customer: str


class Noting(MessagesState):
    found: list
    at: str


def build_assistant(extract, model, now, saver, store):
    def hear(state):
        last = [m for m in state["messages"] if m.type == "human"][-1]
        return {"found": [[f, last.id] for f in extract(last.text)], "at": now()}

    def write(state, config: RunnableConfig, runtime: Runtime):
        who = runtime.context["customer"] if isinstance(runtime.context, dict) else runtime.context.customer
        space = ("customers", quote(who, safe="", errors="surrogatepass").replace(".", "%2E"))
        for fact, mid in state["found"]:
            key = str(uuid.uuid5(uuid.NAMESPACE_URL, " ".join(fact.casefold().split())))
            if runtime.store.get(space, key) is None:
                value = {"customer": who, "fact": fact, "said_at": state["at"]}
                value |= {"thread": config["configurable"]["thread_id"], "message": mid}
                runtime.store.put(space, key, value)

    def reply(state):
        return {"messages": [("ai", model(state["messages"]))]}

    g = StateGraph(Noting, context_schema=Caller)
    g.add_sequence([hear, write, reply])
    g.add_edge(START, "hear")
    return g.compile(checkpointer=saver, store=store)
